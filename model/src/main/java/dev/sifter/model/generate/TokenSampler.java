package dev.sifter.model.generate;

import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.model.ModelException;

/**
 * Chooses a token from a row of logits. Draw number i of a stream is a pure function of (seed,
 * stream, i), so a sequence gets the same text alone and in a batch.
 */
public final class TokenSampler {
  private final int[] bits = new int[4];

  /** The token with the largest logit, the first of several. */
  public int argMax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }

  /**
   * A token drawn with its softmax probability, by inverting the cumulative distribution in order
   * of token ids.
   *
   * @param logits excluded tokens are −∞
   * @throws ModelException if all are excluded, or some are no numbers
   */
  public int draw(float[] logits, RandomStream stream, long drawNumber) {
    float max = logits[argMax(logits)];
    double total = 0;
    for (float logit : logits) {
      total += Math.exp(logit - max);
    }
    if (Double.isNaN(total)) {
      throw new ModelException(
          max == Float.NEGATIVE_INFINITY
              ? "no token is left to draw: all %d are excluded; shorten suppress_tokens or bad_words_ids, or raise no_repeat_ngram_size"
                  .formatted(logits.length)
              : "no token can be drawn: the model's logits are not all numbers");
    }
    double target = uniform(stream, drawNumber) * total;
    double sum = 0;
    int last = 0;
    for (int i = 0; i < logits.length; i++) {
      double weight = Math.exp(logits[i] - max);
      if (weight > 0) {
        sum += weight;
        last = i;
        if (sum > target) {
          return i;
        }
      }
    }
    return last;
  }

  /** Uniform in [0, 1) with 53 bits, from a block of the stream. */
  private double uniform(RandomStream stream, long drawNumber) {
    Philox.block(stream, drawNumber, bits);
    long high = Integer.toUnsignedLong(bits[0]) >>> 5;
    long low = Integer.toUnsignedLong(bits[1]) >>> 6;
    return (high * 0x1p26 + low) * 0x1p-53;
  }
}
