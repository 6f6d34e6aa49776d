package dev.sifter.train.trainer;

import dev.sifter.engine.ops.LinearCrossEntropy;

/** Sums what one micro-batch's predictions say of its targets. */
final class LossMeter {
  private LossMeter() {}

  /** Mean entropy of the predictions, nats; 0 without targets. */
  static double meanEntropy(LinearCrossEntropy.Loss loss) {
    double sum = 0;
    for (double entropy : loss.rowEntropy()) {
      sum += entropy;
    }
    return sum / Math.max(loss.rowEntropy().length, 1);
  }

  /** Share of targets that were the most probable token; 0 without targets. */
  static double accuracy(LinearCrossEntropy.Loss loss, int[] targets) {
    int hits = 0;
    for (int i = 0; i < targets.length; i++) {
      hits += loss.rowArgMax()[i] == targets[i] ? 1 : 0;
    }
    return (double) hits / Math.max(targets.length, 1);
  }
}
