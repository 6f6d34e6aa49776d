package dev.sifter.train.trainer;

/**
 * Sums over the steps since the last line of the log. A checkpoint keeps them, so that the first
 * line after a resume averages over the same steps as that of a run without a break.
 *
 * @param loss of the steps
 * @param entropy of the micro-batches' means, nats
 * @param accuracy of the micro-batches' means
 * @param steps optimizer steps
 * @param microBatches forward passes
 * @param tokens tokens seen, without padding
 * @param nanos wall time
 */
public record LogSums(
    double loss,
    double entropy,
    double accuracy,
    int steps,
    int microBatches,
    long tokens,
    long nanos) {
  /** No step yet. */
  public static final LogSums NONE = new LogSums(0, 0, 0, 0, 0, 0, 0);

  LogSums plusMicroBatch(double meanEntropy, double meanAccuracy) {
    return new LogSums(
        loss,
        entropy + meanEntropy,
        accuracy + meanAccuracy,
        steps,
        microBatches + 1,
        tokens,
        nanos);
  }

  LogSums plusStep(double stepLoss, int stepTokens, long stepNanos) {
    return new LogSums(
        loss + stepLoss,
        entropy,
        accuracy,
        steps + 1,
        microBatches,
        tokens + stepTokens,
        nanos + stepNanos);
  }
}
