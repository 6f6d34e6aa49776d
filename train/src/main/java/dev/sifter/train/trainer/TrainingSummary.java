package dev.sifter.train.trainer;

/**
 * What a run came to.
 *
 * @param globalStep optimizer steps made, those of resumed parts included
 * @param epoch passes over the data made
 * @param trainLoss mean of the losses of all steps, those of resumed parts included
 * @param totalFlos 6 · computed tokens · weights without the embedding table, as transformers
 *     counts
 * @param numTokens tokens seen, without padding
 * @param seconds wall time of this run
 * @param peakMemoryBytes most bytes that the arenas held at once
 * @param stopReason why it ended before its last step; null where it did not
 */
public record TrainingSummary(
    long globalStep,
    double epoch,
    double trainLoss,
    double totalFlos,
    long numTokens,
    double seconds,
    long peakMemoryBytes,
    String stopReason) {}
