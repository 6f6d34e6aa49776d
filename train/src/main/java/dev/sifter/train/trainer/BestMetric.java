package dev.sifter.train.trainer;

import java.util.Map;

/**
 * Remembers the best evaluation of a run, and tells when evaluations have stopped improving: the
 * rules of transformers' {@code metric_for_best_model} and {@code EarlyStoppingCallback}.
 */
final class BestMetric {
  private final String metric;
  private final boolean greaterIsBetter;
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

  BestMetric(TrainingArguments arguments) {
    metric = arguments.resolvedMetricForBestModel();
    greaterIsBetter =
        arguments.greaterIsBetter == null ? !metric.endsWith("loss") : arguments.greaterIsBetter;
    patience = arguments.earlyStoppingPatience;
    threshold = arguments.earlyStoppingThreshold;
  }

  /**
   * Takes note of an evaluation.
   *
   * @throws IllegalArgumentException if it has no such metric
   */
  void observe(long step, Map<String, Double> metrics) {
    Double value = metrics.get(metric);
    if (value == null) {
      throw new IllegalArgumentException(
          "metric_for_best_model is %s; the evaluation has %s".formatted(metric, metrics.keySet()));
    }
    boolean first = Double.isNaN(state.value);
    boolean better = first || (greaterIsBetter ? value > state.value : value < state.value);
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
