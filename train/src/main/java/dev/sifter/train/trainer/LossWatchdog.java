package dev.sifter.train.trainer;

/**
 * Ends a run whose loss has left the range of sense and does not come back, before it wastes hours
 * and overwrites good checkpoints (axolotl's {@code loss_watchdog_threshold}).
 */
final class LossWatchdog {
  private final Double threshold;
  private final int patience;
  private int above;

  /**
   * A watchdog.
   *
   * @param threshold the loss that no step should exceed; null watches nothing
   * @param patience steps in a row above it that end the run, at least 1
   */
  LossWatchdog(Double threshold, int patience) {
    this.threshold = threshold;
    this.patience = patience;
  }

  /** Takes note of a step's loss; returns why the run should end, or null if it should not. */
  String observe(double loss) {
    above = threshold != null && loss > threshold ? above + 1 : 0;
    return above >= patience
        ? "the loss was above %s for %d steps in a row, %.4f at last (loss_watchdog_threshold): lower learning_rate, or continue from an earlier checkpoint"
            .formatted(threshold, above, loss)
        : null;
  }

  int state() {
    return above;
  }

  void restore(int saved) {
    above = saved;
  }
}
