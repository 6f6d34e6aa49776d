package dev.sifter.tests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
