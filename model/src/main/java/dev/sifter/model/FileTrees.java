package dev.sifter.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Folders with all that lies in them. */
public final class FileTrees {
  private FileTrees() {}

  /**
   * Deletes a folder with all that is in it, or a file; of a link the link alone. What is not there
   * is no error.
   *
   * @throws IOException at the first file that cannot be deleted; others may be gone then
   */
  public static void delete(Path root) throws IOException {
    if (Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> files = Files.walk(root)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
