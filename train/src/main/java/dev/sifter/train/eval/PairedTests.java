package dev.sifter.train.eval;

import dev.sifter.train.eval.python.PythonRandom;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Tests of whether two models differ, on the same items. */
final class PairedTests {
  private PairedTests() {}

  /**
   * McNemar's exact test, two-sided: the probability that a fair coin, thrown once for every item
   * on which the models disagree, falls at least as unevenly.
   *
   * @param gained items that only the second model gets right
   * @param lost items that only the first gets right
   */
  static double mcNemar(int gained, int lost) {
    int n = gained + lost;
    int fewer = Math.min(gained, lost);
    // Σ C(n, k), by powers of two that are taken out so that no n overflows.
    double term = 1;
    double tail = 1;
    int exponent = 1 - n;
    for (int k = 1; k <= fewer; k++) {
      term = term * (n - k + 1) / k;
      tail += term;
      if (tail > 0x1p512) {
        term *= 0x1p-512;
        tail *= 0x1p-512;
        exponent += 512;
      }
    }
    return Math.min(1, Math.scalb(tail, exponent));
  }

  /**
   * Holm's correction (1979): p-values so enlarged that, of all differences called significant at
   * level α, the chance of any false one is at most α.
   */
  static double[] holm(double[] p) {
    int[] ascending =
        IntStream.range(0, p.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> p[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] adjusted = new double[p.length];
    double largest = 0;
    for (int rank = 0; rank < ascending.length; rank++) {
      int i = ascending[rank];
      largest = Math.max(largest, Math.min(1, (p.length - rank) * p[i]));
      adjusted[i] = largest;
    }
    return adjusted;
  }

  /** The difference of a figure over a resample of the items, given by their indices. */
  @FunctionalInterface
  interface Difference {
    double of(int[] items);
  }

  /**
   * What resampling the items says of a difference.
   *
   * @param low 2.5 % of resamples give less
   * @param high 2.5 % give more
   * @param p two-sided: twice the smaller share of resamples on either side of 0
   */
  record Interval(double low, double high, double p) {}

  /** A percentile bootstrap over {@code items} items, by Python's generator with this seed. */
  static Interval bootstrap(int items, int resamples, long seed, Difference difference) {
    PythonRandom random = new PythonRandom(seed);
    double[] differences = new double[resamples];
    int[] drawn = new int[items];
    int notAbove = 0;
    int notBelow = 0;
    for (int r = 0; r < resamples; r++) {
      for (int i = 0; i < items; i++) {
        drawn[i] = random.choice(items);
      }
      differences[r] = difference.of(drawn);
      notAbove += differences[r] <= 0 ? 1 : 0;
      notBelow += differences[r] >= 0 ? 1 : 0;
    }
    Arrays.sort(differences);
    // One is added to counts and total: a bootstrap of R resamples cannot show p < 1 / (R + 1).
    double p = 2.0 * (Math.min(notAbove, notBelow) + 1) / (resamples + 1);
    return new Interval(quantile(differences, 0.025), quantile(differences, 0.975), Math.min(1, p));
  }

  /** Linear between neighbours, as numpy's default. */
  private static double quantile(double[] sorted, double fraction) {
    double at = fraction * (sorted.length - 1);
    int below = (int) Math.floor(at);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
