package dev.sifter.train.trainer;

import dev.sifter.model.FileErrors;
import dev.sifter.model.FileTrees;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The {@code checkpoint-N} folders of a run.
 *
 * <p>One that exists is whole: it is written under another name and renamed when all its files are
 * on the disk, and it is renamed again before the first of its files is deleted. Whatever a process
 * that was stopped in between has left under other names goes with the next checkpoint.
 */
final class CheckpointFolders {
  /** With no more digits than a long has room for. */
  private static final Pattern NAME = Pattern.compile("checkpoint-(\\d{1,18})");

  private static final Pattern LEFT_OVER =
      Pattern.compile("\\.checkpoint-\\d+\\.(partial|removed)");
  private static final System.Logger LOG = System.getLogger(CheckpointFolders.class.getName());

  private CheckpointFolders() {}

  /** Writes the files of a checkpoint. */
  @FunctionalInterface
  interface Content {
    /** Writes into {@code folder}, which exists and is empty. */
    void writeTo(Path folder) throws IOException;
  }

  /** The folder of the checkpoint after a step. */
  static Path of(Path outputDir, long step) {
    return outputDir.resolve("checkpoint-" + step);
  }

  /** Writes the checkpoint after a step, in the place of an earlier one of this step. */
  static void write(Path outputDir, long step, Content content) throws IOException {
    Path target = of(outputDir, step);
    Path partial = hidden(target, "partial");
    Files.createDirectories(outputDir);
    removeLeftOvers(outputDir);
    try {
      Files.createDirectory(partial); // fails where old files could not be removed
      content.writeTo(partial);
      if (Files.exists(target)) {
        remove(target);
      }
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      force(outputDir);
    } finally {
      deleteQuietly(partial);
    }
  }

  /**
   * Removes a checkpoint.
   *
   * @throws IOException if it cannot be renamed, and so is still there, whole
   */
  static void remove(Path checkpoint) throws IOException {
    Path removed = hidden(checkpoint, "removed");
    FileTrees.delete(removed);
    Files.move(checkpoint, removed, StandardCopyOption.ATOMIC_MOVE);
    deleteQuietly(removed);
  }

  /**
   * Removes a checkpoint if the system lets it go: Windows keeps one whose weights the run at hand
   * has mapped.
   */
  static void removeQuietly(Path checkpoint) {
    try {
      remove(checkpoint);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot remove " + checkpoint + "; it stays whole", e);
    }
  }

  /** All checkpoints in a folder, the newest last. */
  static List<Path> all(Path outputDir) {
    if (!Files.isDirectory(outputDir)) {
      return List.of();
    }
    try {
      return matching(outputDir, NAME).stream()
          .sorted(Comparator.comparingLong(CheckpointFolders::step))
          .toList();
    } catch (IOException e) {
      throw FileErrors.because("cannot list " + outputDir, e);
    }
  }

  /** The step after which a checkpoint was written. */
  static long step(Path checkpoint) {
    Matcher matcher = NAME.matcher(checkpoint.getFileName().toString());
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
  }

  private static Path hidden(Path checkpoint, String state) {
    return checkpoint.resolveSibling(".%s.%s".formatted(checkpoint.getFileName(), state));
  }

  private static List<Path> matching(Path outputDir, Pattern name) throws IOException {
    try (Stream<Path> files = Files.list(outputDir)) {
      return files.filter(path -> name.matcher(path.getFileName().toString()).matches()).toList();
    }
  }

  private static void removeLeftOvers(Path outputDir) throws IOException {
    matching(outputDir, LEFT_OVER).forEach(CheckpointFolders::deleteQuietly);
  }

  /** Forces a folder's entries to the disk, where the system can do that. */
  private static void force(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "folders cannot be forced to the disk here", e);
    }
  }

  private static void deleteQuietly(Path folder) {
    try {
      FileTrees.delete(folder);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot remove " + folder, e);
    }
  }
}
