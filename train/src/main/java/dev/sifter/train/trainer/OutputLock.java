package dev.sifter.train.trainer;

import dev.sifter.model.FileErrors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Holds an output folder for one run: two would mix their logs and remove each other's checkpoints.
 * The system lets go of it when the process ends, however that comes about.
 */
public final class OutputLock implements AutoCloseable {
  private static final String NAME = ".running";

  private final Path folder;
  private final boolean isNew;
  private final FileChannel channel;

  private OutputLock(Path folder, boolean isNew, FileChannel channel) {
    this.folder = folder;
    this.isNew = isNew;
    this.channel = channel;
  }

  /**
   * Takes a folder, which is made if it is not there.
   *
   * @throws IllegalArgumentException if another run writes to it
   * @throws UncheckedIOException if it cannot be written to
   */
  public static OutputLock take(Path folder) {
    boolean isNew = !Files.exists(folder);
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      OutputLock lock = new OutputLock(folder, isNew, channel);
      if (!lock.isFirst()) {
        channel.close();
        throw new IllegalArgumentException(
            "another run writes to %s: wait for its end, or name another output_dir"
                .formatted(folder));
      }
      return lock;
    } catch (IOException e) {
      throw FileErrors.because("cannot write to output_dir " + folder, e);
    }
  }

  /** Whether nobody has the lock; where the file system knows none, nobody is asked. */
  private boolean isFirst() {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException inThisProcess) {
      return false;
    } catch (IOException unsupported) {
      return true;
    }
  }

  /** Lets others in. A folder that was made for a run that wrote nothing goes with it. */
  @Override
  public void close() {
    try (channel) {
      Files.deleteIfExists(folder.resolve(NAME));
      if (isNew && isEmpty()) {
        Files.delete(folder);
      }
    } catch (IOException e) {
      // What is left says nothing to the next run: the lock is the system's, not the file.
    }
  }

  private boolean isEmpty() throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }
}
