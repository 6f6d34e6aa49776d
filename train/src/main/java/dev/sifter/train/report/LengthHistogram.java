package dev.sifter.train.report;

import java.util.Arrays;

/**
 * How many rows have which length.
 *
 * @param step lengths that share a bar
 * @param counts rows of 0 to step − 1 tokens, and so on; the last bar takes all that are longer
 */
public record LengthHistogram(int step, int[] counts) {
  private static final int MOST_BARS = 24;

  /** The lengths in at most 24 bars, of which the last takes the longest hundredth. */
  static LengthHistogram of(int[] lengths) {
    if (lengths.length == 0) {
      return new LengthHistogram(1, new int[0]);
    }
    int[] sorted = lengths.clone();
    Arrays.sort(sorted);
    int most = sorted[sorted.length - 1];
    int usual = sorted[(int) Math.ceil(0.99 * sorted.length) - 1];
    int step = niceStep(usual / (MOST_BARS - 1) + 1);
    int[] counts = new int[Math.min(most / step, usual / step + 1) + 1];
    for (int length : lengths) {
      counts[Math.min(length / step, counts.length - 1)]++;
    }
    return new LengthHistogram(step, counts);
  }

  /** The least of 1, 2 and 5 times a power of ten that is no less. */
  private static int niceStep(int least) {
    int power = 1;
    while (10L * power < least) {
      power *= 10;
    }
    for (int times : new int[] {1, 2, 5}) {
      if (times * power >= least) {
        return times * power;
      }
    }
    return 10 * power;
  }

  /** Whether longer rows than its range are in the last bar. */
  boolean isOpen(int longest) {
    return counts.length > 0 && longest >= step * counts.length;
  }

  /** The most rows of a bar. */
  int highest() {
    return Arrays.stream(counts).max().orElse(0);
  }
}
