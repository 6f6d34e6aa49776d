package dev.sifter.train.trainer;

/**
 * What a checkpoint remembers beside weights and moments.
 *
 * @param globalStep optimizer steps made
 * @param lossSum of the losses of these steps
 * @param numTokens tokens seen, without padding
 * @param totalFlos useful floating-point operations so far
 * @param schedule state of the learning-rate schedule; empty for all but one kind
 * @param unlogged sums over the steps since the last line of the log
 * @param best the best evaluation so far
 * @param watchdog steps in a row whose loss was too large
 */
record TrainerState(
    long globalStep,
    double lossSum,
    long numTokens,
    double totalFlos,
    double[] schedule,
    LogSums unlogged,
    BestMetric.State best,
    int watchdog) {}
