package dev.sifter.train.trainer;

/**
 * Hears of a run's progress: progress bar, log file, report, and callbacks of one's own, which a
 * configuration names in {@code callbacks}. Every method does nothing unless it is overridden, and
 * is called by the run's thread, which waits for it. An exception ends the run.
 */
public interface TrainingListener {

  /**
   * The listener was added to a run, of which it may ask something later.
   *
   * @param control of the run
   */
  default void attached(TrainingControl control) {}

  /** The run begins. */
  default void started(long firstStep, long maxSteps) {}

  /** An optimizer step was made. */
  default void stepDone(long step, double loss) {}

  /** A line for the log. */
  default void logged(StepMetrics metrics) {}

  /** Held-out data was evaluated. */
  default void evaluated(long step, EvalMetrics metrics) {}

  /** A checkpoint was written. */
  default void checkpointed(long step) {}

  /** The last step of an epoch was made, and what was due after it is done. */
  default void epochEnded(long step, double epoch) {}

  /** The run is over. */
  default void finished(TrainingSummary summary) {}
}
