package dev.sifter.train.trainer;

/** Averages over the steps since the last line of the log. */
final class LogWindow {
  private double loss;
  private double entropy;
  private double accuracy;
  private int steps;
  private int microBatches;
  private long tokens;
  private long nanos;
  private double gradNorm;
  private double learningRate;

  void addMicroBatch(double meanEntropy, double meanAccuracy) {
    entropy += meanEntropy;
    accuracy += meanAccuracy;
    microBatches++;
  }

  void addStep(double stepLoss, double norm, double rate, int stepTokens, long stepNanos) {
    loss += stepLoss;
    gradNorm = norm;
    learningRate = rate;
    tokens += stepTokens;
    nanos += stepNanos;
    steps++;
  }

  /** The averages; the next window begins. */
  StepMetrics close(
      long step,
      double epoch,
      long numTokens,
      double flopsPerToken,
      double peakFlops,
      long peakMemoryBytes) {
    double tokensPerSecond = tokens / Math.max(nanos * 1e-9, 1e-9);
    StepMetrics metrics =
        new StepMetrics(
            step,
            epoch,
            loss / steps,
            gradNorm,
            learningRate,
            entropy / microBatches,
            accuracy / microBatches,
            numTokens,
            tokensPerSecond,
            flopsPerToken * tokensPerSecond / peakFlops,
            peakMemoryBytes);
    loss = 0;
    entropy = 0;
    accuracy = 0;
    steps = 0;
    microBatches = 0;
    tokens = 0;
    nanos = 0;
    return metrics;
  }
}
