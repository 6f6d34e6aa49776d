package dev.sifter.train.cli;

import dev.sifter.model.FileErrors;
import dev.sifter.model.FileTrees;
import dev.sifter.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The folder that a command writes to. */
final class OutputFolder {
  private OutputFolder() {}

  /**
   * Refuses a folder that cannot be made or written to, while nothing can be lost yet. One that was
   * not there is not there afterwards; those around it may be.
   */
  static void requireWritable(String option, Path folder) {
    boolean isNew = !Files.exists(folder);
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, ".", null));
      if (isNew) {
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw FileErrors.because("%s %s: nothing can be written there".formatted(option, folder), e);
    }
  }

  /**
   * Refuses a folder that something lies in.
   *
   * @throws ModelException if it is a file, or not empty
   */
  static void requireEmpty(String option, Path folder) {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new ModelException("%s %s: this is a file, not a folder".formatted(option, folder));
    }
    if (Files.isDirectory(folder)) {
      try (Stream<Path> content = Files.list(folder)) {
        if (content.findAny().isPresent()) {
          throw new ModelException(
              "%s %s is not empty; name a new folder".formatted(option, folder));
        }
      } catch (IOException e) {
        throw FileErrors.because("cannot list " + folder, e);
      }
    }
  }

  /** Writes into a folder that is new or empty; where that fails, it is as it was before. */
  static void fill(Path folder, Runnable writing) {
    boolean isNew = !Files.exists(folder);
    try {
      writing.run();
    } catch (RuntimeException | Error e) {
      try {
        clear(folder, isNew);
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  private static void clear(Path folder, boolean wholly) throws IOException {
    if (wholly) {
      FileTrees.delete(folder);
      return;
    }
    try (Stream<Path> written = Files.list(folder)) {
      for (Path path : written.toList()) {
        FileTrees.delete(path);
      }
    }
  }
}
