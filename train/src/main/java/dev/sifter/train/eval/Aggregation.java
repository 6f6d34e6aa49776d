package dev.sifter.train.eval;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How the values of items become one figure. */
public enum Aggregation {
  /** Σ value / n. */
  MEAN,
  /** The upper of the middle values. */
  MEDIAN,
  /** exp(−mean). */
  PERPLEXITY,
  /** exp(−Σ value / Σ weight). */
  WEIGHTED_PERPLEXITY,
  /** −(Σ value / Σ weight) / ln 2. */
  BITS_PER_BYTE;

  static Aggregation of(String key) {
    return Arrays.stream(values())
        .filter(aggregation -> aggregation.key().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "aggregation '%s' is unknown; there are %s"
                        .formatted(key, Arrays.stream(values()).map(Aggregation::key).toList())));
  }

  /** The name in task files. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a larger figure is a better one, unless the task says otherwise. */
  boolean higherIsBetter() {
    return this == MEAN || this == MEDIAN;
  }

  /** The figure, summed in the order of the items. */
  double of(List<Value> items) {
    return switch (this) {
      case MEAN -> sum(items) / items.size();
      case MEDIAN -> items.stream().mapToDouble(Value::value).sorted().toArray()[items.size() / 2];
      case PERPLEXITY -> Math.exp(-sum(items) / items.size());
      case WEIGHTED_PERPLEXITY -> Math.exp(-sum(items) / weights(items));
      case BITS_PER_BYTE -> -(sum(items) / weights(items)) / Math.log(2);
    };
  }

  private static double sum(List<Value> items) {
    double sum = 0;
    for (Value item : items) {
      sum += item.value;
    }
    return sum;
  }

  private static long weights(List<Value> items) {
    return items.stream().mapToLong(Value::weight).sum();
  }

  /**
   * What a metric gives for an item.
   *
   * @param value a score, or a log-likelihood in nats
   * @param weight words or bytes of a text whose log-likelihood it is; else 1
   */
  public record Value(double value, long weight) {
    static Value of(double value) {
      return new Value(value, 1);
    }
  }
}
