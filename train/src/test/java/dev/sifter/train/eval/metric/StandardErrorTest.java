package dev.sifter.train.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.train.eval.metric.ItemValue.Weighted;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class StandardErrorTest {
  private static List<ItemValue> values(double... values) {
    return Arrays.stream(values).mapToObj(ItemValue::of).toList();
  }

  /** For k successes of n: √(p(1 − p) / (n − 1)). */
  @Test
  void ofAnAccuracy() {
    List<ItemValue> items = values(1, 1, 0, 0, 0, 1, 0, 0, 0, 0);
    double expected = Math.sqrt(0.3 * 0.7 / 9);
    assertThat(StandardError.of(Aggregation.MEAN, items, 1).orElseThrow())
        .isCloseTo(expected, within(1e-15));
  }

  /** Values of the same loop in CPython 3.11 over random.Random(i).choices. */
  @Test
  void bootstrapsAsTheHarnessDoes() {
    List<ItemValue> items = values(-1.0, -2.5, -0.25, -3.0, -1.75);
    assertThat(StandardError.of(Aggregation.PERPLEXITY, items, 2500).orElseThrow())
        .isCloseTo(2.744272142521654, within(1e-12));
    assertThat(StandardError.of(Aggregation.MEDIAN, items, 300).orElseThrow())
        .isCloseTo(0.7336450703072813, within(1e-12));
  }

  @Test
  void isAbsentWhereTheHarnessSaysNotAvailable() {
    List<ItemValue> items = List.of(new Weighted(-3, 5), new Weighted(-4, 6));
    assertThat(StandardError.of(Aggregation.WEIGHTED_PERPLEXITY, items, 100)).isEmpty();
    assertThat(StandardError.of(Aggregation.MEAN, values(1), 100)).isEmpty();
    assertThat(StandardError.of(Aggregation.MEAN, values(1, 0), 0)).isEmpty();
  }

  /** Of tasks with equal means, pooling gives nearly the error of all items as one task. */
  @Test
  void poolsTasks() {
    double first = StandardError.deviation(new double[] {0, 1, 0, 1}) / 2;
    double second = StandardError.deviation(new double[] {1, 0, 0, 1, 1, 0}) / Math.sqrt(6);
    double variance = (4 * 0.25 + 6 * 0.25) / 8;
    assertThat(StandardError.pooled(new double[] {first, second}, new int[] {4, 6}))
        .isCloseTo(Math.sqrt(variance / 10), within(1e-15));
  }

  /** The mean of independent figures: its variance is Σ se² / k². */
  @Test
  void ofAnUnweightedMean() {
    assertThat(StandardError.ofMean(new double[] {0.3, 0.4})).isCloseTo(0.25, within(1e-15));
  }

  @Test
  void aggregates() {
    assertThat(Aggregation.MEAN.of(values(-2, -6))).isEqualTo(-4);
    assertThat(Aggregation.PERPLEXITY.of(values(-2, -6))).isEqualTo(Math.exp(4));
    List<ItemValue> items = List.of(new Weighted(-2, 4), new Weighted(-6, 4));
    assertThat(Aggregation.WEIGHTED_PERPLEXITY.of(items)).isEqualTo(Math.exp(1));
    assertThat(Aggregation.BITS_PER_BYTE.of(items)).isEqualTo(1 / Math.log(2));
    assertThat(Aggregation.MEDIAN.of(values(3, 1, 2, 9))).isEqualTo(3);
  }
}
