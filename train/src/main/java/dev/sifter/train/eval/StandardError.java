package dev.sifter.train.eval;

import dev.sifter.train.eval.Aggregation.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Standard errors as the harness computes them. */
final class StandardError {
  private static final int CHUNK = 1000;

  private StandardError() {}

  /**
   * The standard error of an aggregated metric: sample deviation / √n for means, a bootstrap for
   * median and perplexity; none for weighted figures, or for fewer than two items.
   *
   * @param iterations of the bootstrap; 0 for no standard errors at all
   */
  static OptionalDouble of(Aggregation aggregation, List<Value> items, int iterations) {
    if (iterations <= 0 || items.size() < 2) {
      return OptionalDouble.empty();
    }
    return switch (aggregation) {
      case MEAN -> {
        double[] values = items.stream().mapToDouble(Value::value).toArray();
        yield OptionalDouble.of(deviation(values) / Math.sqrt(values.length));
      }
      case MEDIAN, PERPLEXITY -> OptionalDouble.of(bootstrap(aggregation, items, iterations));
      case WEIGHTED_PERPLEXITY, BITS_PER_BYTE -> OptionalDouble.empty();
    };
  }

  /** √(Σ(x − mean)² / (n − 1)), summed in order. */
  static double deviation(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    double mean = sum / values.length;
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / (values.length - 1));
  }

  /**
   * The deviation of the metric over resampled items. Resamples come in chunks of up to 1000; chunk
   * i is drawn by Python's generator with seed i, and a last chunk that is not full is left out.
   */
  private static double bootstrap(Aggregation aggregation, List<Value> items, int iterations) {
    int chunk = Math.min(CHUNK, iterations);
    double[] resampled = new double[iterations / chunk * chunk];
    List<Value> drawn = new ArrayList<>(items);
    for (int i = 0; i < resampled.length; i += chunk) {
      PythonRandom random = new PythonRandom(i / chunk);
      for (int r = i; r < i + chunk; r++) {
        drawn.replaceAll(unused -> items.get(random.choice(items.size())));
        resampled[r] = aggregation.of(drawn);
      }
    }
    return deviation(resampled);
  }

  /** Of several tasks as one: √(Σ (nᵢ − 1)·seᵢ²·nᵢ / (Σnᵢ − k) / Σnᵢ). */
  static double pooled(double[] errors, int[] sizes) {
    double variance = 0;
    long total = 0;
    for (int i = 0; i < sizes.length; i++) {
      variance += (sizes[i] - 1) * (errors[i] * errors[i]) * sizes[i];
      total += sizes[i];
    }
    return Math.sqrt(variance / (total - sizes.length) / total);
  }
}
