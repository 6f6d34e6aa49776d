package dev.sifter.train.trainer;

/** Averages over the steps since the last line of the log. */
final class LogWindow {
  private LogSums sums = LogSums.NONE;
  private double gradNorm;
  private double learningRate;

  void addMicroBatch(double meanEntropy, double meanAccuracy) {
    sums = sums.plusMicroBatch(meanEntropy, meanAccuracy);
  }

  void addStep(double stepLoss, double norm, double rate, int stepTokens, long stepNanos) {
    sums = sums.plusStep(stepLoss, stepTokens, stepNanos);
    gradNorm = norm;
    learningRate = rate;
  }

  LogSums sums() {
    return sums;
  }

  void restore(LogSums saved) {
    sums = saved;
  }

  /** The averages; the next window begins. */
  StepMetrics close(
      long step,
      double epoch,
      long numTokens,
      double flopsPerToken,
      double peakFlops,
      long peakMemoryBytes) {
    double tokensPerSecond = sums.tokens() / Math.max(sums.nanos() * 1e-9, 1e-9);
    StepMetrics metrics =
        new StepMetrics(
            step,
            epoch,
            sums.loss() / sums.steps(),
            gradNorm,
            learningRate,
            sums.entropy() / sums.microBatches(),
            sums.accuracy() / sums.microBatches(),
            numTokens,
            tokensPerSecond,
            flopsPerToken * tokensPerSecond / peakFlops,
            peakMemoryBytes);
    sums = LogSums.NONE;
    return metrics;
  }
}
