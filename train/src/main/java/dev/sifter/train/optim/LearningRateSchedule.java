package dev.sifter.train.optim;

import dev.sifter.train.options.StepCount;
import java.util.Map;

/**
 * The learning rate of each optimizer step, counted from 0: the names, options and formulas of
 * transformers' {@code get_scheduler}.
 *
 * <p>Step t uses {@code rate(t)}, so the first step of a schedule that warms up has rate 0.
 */
public interface LearningRateSchedule {

  /** The rate of optimizer step {@code step}, from 0. */
  double rate(long step);

  /**
   * Tells the schedule an evaluation metric. Only {@code reduce_lr_on_plateau} listens.
   *
   * @param metric the value watched, by default the evaluation loss
   */
  default void observe(double metric) {}

  /** What a checkpoint must keep so that {@link #restore} continues here; empty if nothing. */
  default double[] state() {
    return new double[0];
  }

  /**
   * Continues from a {@link #state}.
   *
   * @throws IllegalArgumentException if it is another schedule's state
   */
  default void restore(double[] state) {
    if (state.length != 0) {
      throw new IllegalArgumentException(
          "this learning-rate schedule keeps no state, but the checkpoint holds %d numbers for it:"
                  .formatted(state.length)
              + " resume with the lr_scheduler_type of the checkpoint");
    }
  }

  /**
   * The schedule of a name.
   *
   * @param type {@code lr_scheduler_type}: linear, cosine, cosine_with_restarts, polynomial,
   *     constant, constant_with_warmup, inverse_sqrt, cosine_with_min_lr,
   *     cosine_warmup_with_min_lr, warmup_stable_decay or reduce_lr_on_plateau
   * @param learningRate the peak rate
   * @param warmup {@code warmup_steps}: a number of steps, or below 1 a share of all steps
   * @param totalSteps number of optimizer steps of the run
   * @param options {@code lr_scheduler_kwargs}: numbers and strings by name
   * @throws IllegalArgumentException if there is no such schedule or option
   */
  static LearningRateSchedule of(
      String type, double learningRate, double warmup, long totalSteps, Map<String, ?> options) {
    return ScheduleFactory.create(type, learningRate, warmup, totalSteps, options);
  }

  /**
   * {@code warmup_steps} as transformers reads it: 1 or more are steps, less is the share of {@code
   * totalSteps}, rounded up.
   */
  static long warmupSteps(double warmup, long totalSteps) {
    if (!(warmup >= 0) || Double.isInfinite(warmup)) {
      throw new IllegalArgumentException(
          "warmup_steps %s: 0 or more steps, or a share of all steps below 1".formatted(warmup));
    }
    return StepCount.of(warmup, totalSteps);
  }

  /** Whether a schedule of this name does something with {@code warmup_steps}. */
  public static boolean warmsUp(String type) {
    return !type.equals("constant") && !type.equals("reduce_lr_on_plateau");
  }
}
