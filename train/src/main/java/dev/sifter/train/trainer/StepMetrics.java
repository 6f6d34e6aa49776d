package dev.sifter.train.trainer;

/**
 * One line of the training log, in TRL's terms; averages are over the steps since the line before.
 *
 * @param step optimizer steps made
 * @param epoch passes over the data made
 * @param loss mean of the steps' losses, nats per target token
 * @param gradNorm of the last step, before clipping
 * @param learningRate of the last step
 * @param entropy mean over micro-batches of the mean over target tokens, nats
 * @param meanTokenAccuracy likewise, share of targets that were the most probable token
 * @param numTokens tokens seen since the beginning, without padding
 * @param tokensPerSecond tokens per second of wall time
 * @param mfu useful FLOPs over what this device's matrix product was measured to do
 * @param peakMemoryBytes most bytes that the arenas have held at once
 */
public record StepMetrics(
    long step,
    double epoch,
    double loss,
    double gradNorm,
    double learningRate,
    double entropy,
    double meanTokenAccuracy,
    long numTokens,
    double tokensPerSecond,
    double mfu,
    long peakMemoryBytes) {}
