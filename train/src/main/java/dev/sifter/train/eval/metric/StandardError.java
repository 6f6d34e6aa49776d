package dev.sifter.train.eval.metric;

import dev.sifter.train.eval.metric.ItemValue.Score;
import dev.sifter.train.eval.python.PythonRandom;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Standard errors as the harness computes them. */
public final class StandardError {
  private static final int CHUNK = 1000;
  private static final int SHORT_ITERATIONS = 100;

  private StandardError() {}

  /**
   * The standard error of an aggregated metric, estimated as {@link Aggregation#errorBy} says; none
   * for fewer than two items.
   *
   * @param iterations of the bootstrap; 0 for no standard errors at all
   */
  public static OptionalDouble of(Aggregation aggregation, List<ItemValue> items, int iterations) {
    if (iterations <= 0 || items.size() < 2) {
      return OptionalDouble.empty();
    }
    return switch (aggregation.errorBy()) {
      case DEVIATION -> {
        double[] values = items.stream().mapToDouble(item -> ((Score) item).value()).toArray();
        yield OptionalDouble.of(deviation(values) / Math.sqrt(values.length));
      }
      case BOOTSTRAP -> OptionalDouble.of(bootstrap(aggregation, items, iterations));
      case SHORT_BOOTSTRAP ->
          OptionalDouble.of(bootstrap(aggregation, items, Math.min(iterations, SHORT_ITERATIONS)));
      case NOTHING -> OptionalDouble.empty();
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
  private static double bootstrap(Aggregation aggregation, List<ItemValue> items, int iterations) {
    int chunk = Math.min(CHUNK, iterations);
    int chunks = iterations / chunk;
    Statistic statistic = aggregation.over(items);
    double[] resampled = new double[chunks * chunk];
    IntStream.range(0, chunks)
        .parallel()
        .forEach(
            c -> {
              PythonRandom random = new PythonRandom(c);
              int[] drawn = new int[items.size()];
              for (int r = c * chunk; r < (c + 1) * chunk; r++) {
                Arrays.setAll(drawn, unused -> random.choice(drawn.length));
                resampled[r] = statistic.of(drawn);
              }
            });
    return deviation(resampled);
  }

  /** Of several tasks as one: √(Σ (nᵢ − 1)·seᵢ²·nᵢ / (Σnᵢ − k) / Σnᵢ). */
  public static double pooled(double[] errors, int[] sizes) {
    double variance = 0;
    long total = 0;
    for (int i = 0; i < sizes.length; i++) {
      variance += (sizes[i] - 1) * (errors[i] * errors[i]) * sizes[i];
      total += sizes[i];
    }
    return Math.sqrt(variance / (total - sizes.length) / total);
  }

  /** Of the plain mean of k tasks' figures: √(Σ seᵢ²) / k. */
  public static double ofMean(double[] errors) {
    double squares = 0;
    for (double error : errors) {
      squares += error * error;
    }
    return Math.sqrt(squares) / errors.length;
  }
}
