package dev.sifter.model.tokenizer;

import java.util.Arrays;

/** A growing list of tokens: id, and its range in UTF-16 units of the original text. */
final class TokenSink {
  int[] ids = new int[64];
  int[] starts = new int[64];
  int[] ends = new int[64];
  int size;

  /** Appends a token. */
  void add(int id, int start, int end) {
    if (size == ids.length) {
      int grown = Math.addExact(size, Math.max(size >> 1, 64));
      ids = Arrays.copyOf(ids, grown);
      starts = Arrays.copyOf(starts, grown);
      ends = Arrays.copyOf(ends, grown);
    }
    ids[size] = id;
    starts[size] = start;
    ends[size++] = end;
  }
}
