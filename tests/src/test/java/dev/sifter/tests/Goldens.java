package dev.sifter.tests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds reference results and public data that lie beside the project.
 *
 * <p>Reference results are looked up, in this order, under the folder named by the system property
 * {@code sifter.goldens}, among this module's own fixtures, and in {@code ../shared/goldens} next
 * to the checkout. Data (tokenizers, weights, data sets) is looked up in {@code ../shared/data}, or
 * where {@code sifter.data} points. A test whose input is nowhere is skipped and says what it
 * missed.
 */
public final class Goldens {
  private static final Path ROOT = Path.of(System.getProperty("sifter.root", ".")).toAbsolutePath();

  private Goldens() {}

  /**
   * The folder or file {@code relative} among the reference results.
   *
   * @throws org.opentest4j.TestAbortedException if it is nowhere, so that the test is skipped
   */
  public static Path golden(String relative) {
    return found("reference results", relative, goldenFolders());
  }

  /**
   * The folders or files {@code relative} of every set of reference results: a check over all cases
   * reads those of each.
   *
   * @throws org.opentest4j.TestAbortedException if there is none, so that the test is skipped
   */
  public static List<Path> everyGolden(String relative) {
    List<Path> all =
        goldenFolders().stream()
            .map(folder -> folder.resolve(relative).normalize())
            .filter(Files::exists)
            .distinct()
            .toList();
    assumeTrue(
        !all.isEmpty(),
        () -> "skipped: no reference results '" + relative + "' beside this checkout");
    return all;
  }

  /** Whether {@code relative} is among the reference results. */
  public static boolean exists(String relative) {
    return first(relative, goldenFolders()).isPresent();
  }

  /**
   * Names of the folders directly under {@code relative} that hold a file of this name, from all
   * places that reference results are looked up in. Where there are none, the one name {@code
   * absent}, so that a test over them is skipped by {@link #golden} and says why.
   */
  public static List<String> folders(String relative, String fileName) {
    Set<String> names = new TreeSet<>();
    for (Path root : goldenFolders()) {
      for (Path folder : files(root.resolve(relative), "*")) {
        if (Files.exists(folder.resolve(fileName))) {
          names.add(folder.getFileName().toString());
        }
      }
    }
    return names.isEmpty() ? List.of("absent") : List.copyOf(names);
  }

  /** Names of the files of one folder that match a glob, sorted; as {@link #folders}. */
  public static List<String> files(String relative, String glob) {
    List<String> names =
        first(relative, goldenFolders())
            .map(folder -> files(folder, glob))
            .orElse(List.of())
            .stream()
            .map(file -> file.getFileName().toString())
            .toList();
    return names.isEmpty() ? List.of("absent") : names;
  }

  private static List<Path> files(Path folder, String glob) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
      List<Path> files = new ArrayList<>();
      stream.forEach(files::add);
      files.sort(null);
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The folder or file {@code relative} among the public data.
   *
   * @throws org.opentest4j.TestAbortedException if it is nowhere, so that the test is skipped
   */
  public static Path data(String relative) {
    return found("public data", relative, dataFolders());
  }

  private static List<Path> goldenFolders() {
    List<Path> folders = new ArrayList<>(named("sifter.goldens"));
    folders.add(ROOT.resolve("tests/src/test/resources/goldens"));
    folders.add(ROOT.resolve("../shared/goldens"));
    return folders;
  }

  private static List<Path> dataFolders() {
    List<Path> folders = new ArrayList<>(named("sifter.data"));
    folders.add(ROOT.resolve("../shared/data"));
    return folders;
  }

  private static List<Path> named(String property) {
    String folder = System.getProperty(property);
    return folder == null ? List.of() : List.of(Path.of(folder));
  }

  private static Path found(String what, String relative, List<Path> folders) {
    Optional<Path> path = first(relative, folders);
    assumeTrue(
        path.isPresent(), () -> "skipped: no " + what + " '" + relative + "' beside this checkout");
    return path.orElseThrow();
  }

  private static Optional<Path> first(String relative, List<Path> folders) {
    return folders.stream()
        .map(folder -> folder.resolve(relative).normalize())
        .filter(Files::exists)
        .findFirst();
  }
}
