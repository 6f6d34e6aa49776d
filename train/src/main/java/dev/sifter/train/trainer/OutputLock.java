package dev.sifter.train.trainer;

import dev.sifter.model.FileErrors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Holds an output folder for one run: two would mix their logs and remove each other's checkpoints.
 * The system lets go of it when the process ends, however that comes about.
 */
public final class OutputLock implements AutoCloseable {
  private static final String NAME = ".running";

  /**
   * What this process holds. A second channel on such a file must not even be opened: closing it
   * would let go of the first one's lock, as POSIX has it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final boolean isNew;
  private final FileChannel channel;

  private OutputLock(Path file, boolean isNew, FileChannel channel) {
    this.file = file;
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
      Path file = folder.toRealPath().resolve(NAME);
      if (!HELD.add(file)) {
        throw taken(folder);
      }
      try {
        return new OutputLock(file, isNew, lock(folder, file));
      } catch (IOException | RuntimeException e) {
        HELD.remove(file);
        throw e;
      }
    } catch (IOException e) {
      throw FileErrors.because("cannot write to output_dir " + folder, e);
    }
  }

  private static FileChannel lock(Path folder, Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (!isFirst(channel)) {
      channel.close();
      throw taken(folder);
    }
    return channel;
  }

  private static IllegalArgumentException taken(Path folder) {
    return new IllegalArgumentException(
        "another run writes to %s: wait for its end, or name another output_dir".formatted(folder));
  }

  /** Whether nobody has the lock; where the file system knows none, nobody is asked. */
  private static boolean isFirst(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (IOException unsupported) {
      return true;
    }
  }

  /** Lets others in. A folder that was made for a run that wrote nothing goes with it. */
  @Override
  public void close() {
    try (channel) {
      Files.deleteIfExists(file);
      if (isNew && isEmpty()) {
        Files.delete(file.getParent());
      }
    } catch (IOException e) {
      // What is left says nothing to the next run: the lock is the system's, not the file.
    } finally {
      HELD.remove(file);
    }
  }

  private boolean isEmpty() throws IOException {
    try (var entries = Files.list(file.getParent())) {
      return entries.findAny().isEmpty();
    }
  }
}
