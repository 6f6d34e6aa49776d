package dev.sifter.model.tokenizer;

import java.util.Arrays;

/** The merges of a BPE model: a pair of token ids to the merge's rank and the id it makes. */
final class MergeTable {
  /** What {@link #get} gives for a pair that does not merge; greater than any merge. */
  static final long NONE = Long.MAX_VALUE;

  private static final long EMPTY = -1;

  private final long[] keys;
  private final long[] values;
  private final int mask;

  /** A table for {@code expected} merges. */
  MergeTable(int expected) {
    int capacity = Integer.highestOneBit(Math.max(8, expected) * 2 - 1) * 2;
    keys = new long[capacity];
    values = new long[capacity];
    mask = capacity - 1;
    Arrays.fill(keys, EMPTY);
  }

  /** Adds the merge of {@code left} and {@code right}; a later merge of one pair replaces it. */
  void put(int left, int right, int rank, int merged) {
    long key = key(left, right);
    int slot = slot(key);
    while (keys[slot] != EMPTY && keys[slot] != key) {
      slot = slot + 1 & mask;
    }
    keys[slot] = key;
    values[slot] = (long) rank << 32 | merged;
  }

  /** The merge of two tokens, {@code rank << 32 | id}, or {@link #NONE}. Lower ranks go first. */
  long get(int left, int right) {
    long key = key(left, right);
    for (int slot = slot(key); keys[slot] != EMPTY; slot = slot + 1 & mask) {
      if (keys[slot] == key) {
        return values[slot];
      }
    }
    return NONE;
  }

  private static long key(int left, int right) {
    return (long) left << 32 | right & 0xFFFFFFFFL;
  }

  private int slot(long key) {
    long hash = key * 0x9E3779B97F4A7C15L;
    return (int) (hash >>> 40 ^ hash >>> 20) & mask;
  }
}
