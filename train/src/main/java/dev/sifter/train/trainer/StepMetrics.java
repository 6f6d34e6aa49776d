package dev.sifter.train.trainer;

import java.util.LinkedHashMap;
import java.util.Map;

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
    long peakMemoryBytes) {

  /** The figures of the step by the names that the log gives them. */
  Map<String, Double> all() {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("epoch", epoch);
    figures.put("loss", loss);
    figures.put("grad_norm", gradNorm);
    figures.put("learning_rate", learningRate);
    figures.put("entropy", entropy);
    figures.put("mean_token_accuracy", meanTokenAccuracy);
    figures.put("num_tokens", (double) numTokens);
    figures.put("tokens_per_second", tokensPerSecond);
    figures.put("mfu", mfu);
    figures.put("peak_memory_bytes", (double) peakMemoryBytes);
    return figures;
  }
}
