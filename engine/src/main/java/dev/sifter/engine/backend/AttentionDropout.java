package dev.sifter.engine.backend;

import dev.sifter.engine.random.RandomStream;

/**
 * Dropout of attention's probabilities, in training: of P, each is dropped with this probability
 * and the others are divided by 1 − p. The mask is never stored.
 *
 * <p>Number (queryRow · heads + head) · stride + key of the stream decides, where key counts from
 * the first of the document, and stride is {@link Segments#keyRows} rounded up to a multiple of 4.
 *
 * @param probability p, in [0, 1)
 * @param stream decides what is dropped
 */
public record AttentionDropout(float probability, RandomStream stream) {

  /** Checks the probability. */
  public AttentionDropout {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "dropout probability %s is not in [0, 1)".formatted(probability));
    }
  }

  /** 1 / (1 − p). */
  public double scale() {
    return 1 / (1 - (double) probability);
  }

  /** The number that decides of a query's probability for the first key of its document. */
  public static long firstNumber(AttentionSpec spec, Segments segments, long queryRow, int head) {
    long stride = (segments.keyRows() + 3L) & ~3L;
    return (queryRow * spec.heads() + head) * stride;
  }
}
