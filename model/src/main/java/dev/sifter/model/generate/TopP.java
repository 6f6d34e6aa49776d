package dev.sifter.model.generate;

import java.util.Arrays;

/**
 * Nucleus sampling (Holtzman et al. 2020): in ascending order of probability, excludes tokens while
 * the sum of their probabilities is at most 1 − p. The most probable token always stays.
 *
 * <p>Rounding follows transformers: probabilities and running sums are fp32.
 */
final class TopP implements LogitsProcessor {
  private final float excludedMass;
  private final long[] order;

  TopP(double p, int vocabSize) {
    this.excludedMass = (float) (1 - p);
    this.order = new long[vocabSize];
  }

  @Override
  public void process(int[] history, int length, float[] logits) {
    int kept = 0;
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] != Float.NEGATIVE_INFINITY) {
        order[kept++] = sortKey(logits[i]) << 32 | i;
      }
    }
    if (kept == 0) {
      return;
    }
    Arrays.sort(order, 0, kept);
    float max = logits[(int) order[kept - 1]];
    double denominator = 0;
    for (int i = 0; i < kept; i++) {
      denominator += Math.exp(logits[(int) order[i]] - max);
    }
    double sum = 0;
    for (int i = 0; i < kept - 1; i++) {
      int token = (int) order[i];
      sum += (float) (Math.exp(logits[token] - max) / denominator);
      if ((float) sum <= excludedMass) {
        logits[token] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /** A number that orders as the float does. */
  private static long sortKey(float value) {
    int bits = Float.floatToRawIntBits(value);
    return bits ^ (bits >> 31 & Integer.MAX_VALUE);
  }
}
