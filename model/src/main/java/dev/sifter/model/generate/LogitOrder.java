package dev.sifter.model.generate;

import java.util.Arrays;

/** Tokens in ascending order of their scores; those of −∞ are left out, equal ones go by id. */
final class LogitOrder {
  private final long[] keys;

  LogitOrder(int vocabSize) {
    this.keys = new long[vocabSize];
  }

  /** Sorts, and returns how many tokens there are. */
  int sort(float[] scores) {
    int count = 0;
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] != Float.NEGATIVE_INFINITY) {
        keys[count++] = sortKey(scores[i]) << 32 | i;
      }
    }
    Arrays.sort(keys, 0, count);
    return count;
  }

  /** The token at a place of the order. */
  int token(int place) {
    return (int) keys[place];
  }

  /** A number that orders as the float does. */
  private static long sortKey(float value) {
    int bits = Float.floatToRawIntBits(value);
    return bits ^ (bits >> 31 & Integer.MAX_VALUE);
  }
}
