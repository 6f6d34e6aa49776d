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
   * @param checkpoint the best step of which there is a checkpoint; 0 for none. It is an earlier
   *     one where the best evaluation came between two checkpoints
   * @param withoutImprovement evaluations since the last that was better by the threshold
   */
  record State(double value, long step, long checkpoint, int withoutImprovement) {
    /** No evaluation yet. */
    static final State NONE = new State(Double.NaN, 0, 0, 0);
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
            || arguments.saveStrategy.equals("best")
            || arguments.lrSchedulerType.equals("reduce_lr_on_plateau")
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

  /** The figure that decides; null if an evaluation does not give it. */
  Double value(Map<String, Double> metrics) {
    return metrics.get(metric);
  }

  /**
   * Takes note of an evaluation, if something depends on the best.
   *
   * @return whether it is the best so far
   */
  boolean observe(long step, Map<String, Double> metrics) {
    Double value = value(metrics);
    if (value == null || !needed) {
      return false;
    }
    boolean greater = greaterIsBetter == null ? directions.get(metric) : greaterIsBetter;
    boolean first = Double.isNaN(state.value);
    boolean better = first ? !value.isNaN() : greater ? value > state.value : value < state.value;
    boolean enough = better && (first || Math.abs(value - state.value) > threshold);
    state =
        new State(
            better ? value : state.value,
            better ? step : state.step,
            state.checkpoint,
            enough ? 0 : state.withoutImprovement + 1);
    return better;
  }

  /** Takes note of a checkpoint that is about to be written. */
  void saved(long step) {
    if (step == state.step) {
      state = new State(state.value, step, step, state.withoutImprovement);
    }
  }

  /** Why the run should end, or null if it should not. */
  String reasonToStop() {
    return patience > 0 && state.withoutImprovement >= patience
        ? "%s has not improved%s in %d evaluation%s (early_stopping_patience); the best was %.4f, at step %d"
            .formatted(
                metric,
                threshold > 0 ? " by more than " + threshold : "",
                state.withoutImprovement,
                state.withoutImprovement == 1 ? "" : "s",
                state.value,
                state.step)
        : null;
  }

  State state() {
    return state;
  }

  void restore(State saved) {
    state = saved;
  }
}
