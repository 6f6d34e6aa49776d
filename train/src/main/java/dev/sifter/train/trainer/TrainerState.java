package dev.sifter.train.trainer;

/**
 * What a checkpoint remembers beside weights and moments.
 *
 * @param globalStep optimizer steps made
 * @param numTokens tokens seen, without padding
 * @param totalFlos useful floating-point operations so far
 * @param schedule state of the learning-rate schedule; empty for all but one kind
 */
public record TrainerState(long globalStep, long numTokens, double totalFlos, double[] schedule) {
  /** Nothing done. */
  public static final TrainerState START = new TrainerState(0, 0, 0, new double[0]);
}
