package dev.sifter.train.trainer;

/** Hears of a run's progress: progress bar, log file, report, checkpoints. */
public interface TrainingListener {

  /** The run begins. */
  default void started(long firstStep, long maxSteps) {}

  /** An optimizer step was made. */
  default void stepDone(long step, double loss) {}

  /** A line for the log. */
  default void logged(StepMetrics metrics) {}

  /** Held-out data was evaluated. */
  default void evaluated(long step, EvalMetrics metrics) {}

  /** The run is over. */
  default void finished(TrainingSummary summary) {}
}
