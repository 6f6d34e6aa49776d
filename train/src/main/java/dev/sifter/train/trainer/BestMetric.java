package dev.sifter.train.trainer;

import java.util.Map;
import java.util.TreeMap;

/**
 * Remembers the best evaluation of a run, and tells when evaluations have stopped improving: the
 * rules of transformers' {@code metric_for_best_model} and {@code EarlyStoppingCallback}.
 */
final class BestMetric {
  private final String metric;
  private final Boolean greaterIsBetter;
  private final Map<String, Boolean> directions;
  private final boolean needed;
  private final int patience;
  private final double threshold;
  private State state = State.NONE;

  /**
   * What a checkpoint remembers.
   *
   * @param value the best value; NaN before the first evaluation
   * @param step the step of that evaluation
   * @param withoutImprovement evaluations since the last that was better by the threshold
   */
  record State(double value, long step, int withoutImprovement) {
    /** No evaluation yet. */
    static final State NONE = new State(Double.NaN, 0, 0);
  }

  /**
   * The metric that the arguments name.
   *
   * @param directions what evaluations give, and whether more of each is better
   */
  BestMetric(TrainingArguments arguments, Map<String, Boolean> directions) {
    this.directions = new TreeMap<>(directions);
    needed =
        arguments.metricForBestModel != null
            || arguments.loadBestModelAtEnd
            || arguments.earlyStoppingPatience > 0;
    metric = arguments.resolvedMetricForBestModel();
    greaterIsBetter = arguments.greaterIsBetter;
    patience = arguments.earlyStoppingPatience;
    threshold = arguments.earlyStoppingThreshold;
  }

  /** Adds what further evaluations give, and whether more of each is better. */
  void add(Map<String, Boolean> further) {
    directions.putAll(further);
  }

  /**
   * Refuses a metric that no evaluation gives, if something depends on it.
   *
   * @throws IllegalArgumentException naming those that there are
   */
  void requireMetric() {
    if (needed && !directions.containsKey(metric)) {
      throw new IllegalArgumentException(
          "metric_for_best_model is %s; evaluations give %s"
              .formatted(metric, String.join(", ", directions.keySet())));
    }
  }

  /** Takes note of an evaluation. */
  void observe(long step, Map<String, Double> metrics) {
    Double value = metrics.get(metric);
    if (value == null) {
      return;
    }
    boolean greater = greaterIsBetter == null ? directions.get(metric) : greaterIsBetter;
    boolean first = Double.isNaN(state.value);
    boolean better = first || (greater ? value > state.value : value < state.value);
    boolean enough = first || better && Math.abs(value - state.value) > threshold;
    state =
        new State(
            better ? value : state.value,
            better ? step : state.step,
            enough ? 0 : state.withoutImprovement + 1);
  }

  /** Why the run should end, or null if it should not. */
  String reasonToStop() {
    return patience > 0 && state.withoutImprovement >= patience
        ? "%s has not improved for %d evaluations (early_stopping_patience); the best was %.4f, at step %d"
            .formatted(metric, state.withoutImprovement, state.value, state.step)
        : null;
  }

  State state() {
    return state;
  }

  void restore(State saved) {
    state = saved;
  }
}
