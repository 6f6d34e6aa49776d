package dev.sifter.train.trainer;

import dev.sifter.train.data.MicroBatch;
import java.util.List;

/**
 * The data of a run, by optimizer step. What step n sees is a function of n alone, so a run that is
 * resumed needs to remember nothing but n.
 */
public interface StepBatches {

  /** Optimizer steps of one pass over the data. */
  long stepsPerEpoch();

  /** Steps of a run: {@code max_steps}, or if that is not positive those of the epochs. */
  default long totalSteps(double numTrainEpochs, long maxSteps) {
    return maxSteps > 0 ? maxSteps : (long) Math.ceil(numTrainEpochs * stepsPerEpoch());
  }

  /** Passes over the data that so many steps make, with the fraction of the last. */
  default double epochAfter(long steps) {
    return (double) steps / stepsPerEpoch();
  }

  /** The micro-batches of a step, counted from 0 over the whole run. */
  List<MicroBatch> batches(long step);
}
