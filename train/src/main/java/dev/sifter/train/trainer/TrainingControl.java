package dev.sifter.train.trainer;

import dev.sifter.model.decoder.Decoder;

/**
 * What a {@link TrainingListener} can see of a run and ask of it. What is asked for while a step is
 * told of happens right after that step; the run's thread is the only one that may ask.
 */
public interface TrainingControl {
  /** Optimizer steps made, those before a resume included. */
  long globalStep();

  /** Optimizer steps of the whole run. */
  long maxSteps();

  /** Passes over the data so far, with the fraction of the last. */
  double epoch();

  /** The model being trained; it may be run, but not changed. */
  Decoder model();

  /**
   * Ends the run after this step, as if it were the last: it is logged, evaluated and saved.
   *
   * @param reason for the log
   */
  void requestStop(String reason);

  /**
   * Evaluates after this step. Where the best checkpoint is to be the result, one is written too.
   */
  void requestEvaluation();

  /** Writes a checkpoint after this step, whatever {@code save_strategy} says. */
  void requestCheckpoint();
}
