package dev.sifter.model.tokenizer;

import java.util.Arrays;

/** How often pairs occur: open addressing over flat arrays, which hold millions without boxes. */
final class PairCounts {
  /** No pair: its left id would be negative. */
  private static final long EMPTY = -1;

  private long[] pairs = new long[1 << 16];
  private long[] counts = new long[pairs.length];
  private int size;

  PairCounts() {
    Arrays.fill(pairs, EMPTY);
  }

  /** The count of a pair; 0 of one that was never counted. */
  long get(long pair) {
    return counts[slot(pair)];
  }

  /** Adds to the count of a pair. */
  void add(long pair, long by) {
    int slot = slot(pair);
    if (pairs[slot] == EMPTY) {
      pairs[slot] = pair;
      if (2 * ++size > pairs.length) {
        grow();
        slot = slot(pair);
      }
    }
    counts[slot] += by;
  }

  /** Where a pair is, or would be. */
  private int slot(long pair) {
    // Fibonacci hashing: ids are small, and so differ in few bits of both halves.
    int slot = (int) ((pair ^ pair >>> 17) * 0x9E3779B97F4A7C15L >>> 33) & pairs.length - 1;
    while (pairs[slot] != EMPTY && pairs[slot] != pair) {
      slot = slot + 1 & pairs.length - 1;
    }
    return slot;
  }

  private void grow() {
    long[] oldPairs = pairs;
    long[] oldCounts = counts;
    pairs = new long[Math.multiplyExact(2, oldPairs.length)];
    counts = new long[pairs.length];
    Arrays.fill(pairs, EMPTY);
    for (int i = 0; i < oldPairs.length; i++) {
      if (oldPairs[i] != EMPTY) {
        int slot = slot(oldPairs[i]);
        pairs[slot] = oldPairs[i];
        counts[slot] = oldCounts[i];
      }
    }
  }
}
