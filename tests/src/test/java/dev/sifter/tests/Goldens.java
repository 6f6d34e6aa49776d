package dev.sifter.tests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

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
    String override = System.getProperty("sifter.goldens");
    return firstExisting(
        "reference results",
        relative,
        override == null ? null : Path.of(override),
        ROOT.resolve("tests/src/test/resources/goldens"),
        ROOT.resolve("../shared/goldens"));
  }

  /**
   * The folder or file {@code relative} among the public data.
   *
   * @throws org.opentest4j.TestAbortedException if it is nowhere, so that the test is skipped
   */
  public static Path data(String relative) {
    String override = System.getProperty("sifter.data");
    return firstExisting(
        "public data",
        relative,
        override == null ? null : Path.of(override),
        ROOT.resolve("../shared/data"));
  }

  private static Path firstExisting(String what, String relative, Path... folders) {
    for (Path folder : folders) {
      if (folder != null && Files.exists(folder.resolve(relative))) {
        return folder.resolve(relative).normalize();
      }
    }
    assumeTrue(false, () -> "skipped: no " + what + " '" + relative + "' beside this checkout");
    throw new AssertionError("unreachable: the assumption above failed");
  }
}
