package dev.sifter.tests;

import static org.assertj.core.api.Assertions.assertThat;

/** How far two arrays are apart, in the measures that the tolerances are stated in. */
public final class Closeness {
  private Closeness() {}

  /** max |a − b|; NaN if any element of either is NaN. */
  public static double maxDifference(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    double max = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = Math.abs((double) a[i] - b[i]);
      if (!(difference <= max)) {
        max = difference;
      }
    }
    return max;
  }

  /** max |a|. */
  public static double maxMagnitude(float[] a) {
    double max = 0;
    for (float value : a) {
      max = Math.max(max, Math.abs(value));
    }
    return max;
  }

  /** max |actual − expected| ≤ tolerance · max |expected|, or ≤ floor. */
  public static void assertClose(
      String what, float[] actual, float[] expected, double tolerance, double floor) {
    double difference = maxDifference(actual, expected);
    double allowed = Math.max(tolerance * maxMagnitude(expected), floor);
    assertThat(difference)
        .as("%s: largest difference (allowed %s)", what, allowed)
        .isLessThanOrEqualTo(allowed);
  }

  /** ‖actual − expected‖ ≤ tolerance · ‖expected‖. */
  public static void assertNormClose(
      String what, float[] actual, float[] expected, double tolerance) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double difference = 0;
    double size = 0;
    for (int i = 0; i < actual.length; i++) {
      difference += Math.pow((double) actual[i] - expected[i], 2);
      size += (double) expected[i] * expected[i];
    }
    assertThat(Math.sqrt(difference))
        .as("%s: norm of the difference, of %.3g", what, Math.sqrt(size))
        .isLessThanOrEqualTo(tolerance * Math.sqrt(size));
  }
}
