package dev.sifter.model.tokenizer;

import java.util.Arrays;

/**
 * The symbols of one piece while merges are applied to it; a workspace that is used again.
 *
 * <p>A short piece is scanned for its best pair after every merge, over small flat arrays. A long
 * one keeps its pairs in a heap and its symbols in a linked list, which is n log n however long the
 * piece: a megabyte of one letter too.
 */
final class BpeWord {
  private static final int SCAN_LIMIT = 40;

  private final MergeTable merges;
  private int[] ids = new int[64];
  private int[] lengths = new int[64];
  private int[] previous = new int[0];
  private int[] next = new int[0];
  private final long[] pairs = new long[SCAN_LIMIT + 1];
  private long[] heap = new long[0];
  private int heapSize;
  private int size;

  /** A workspace for the given merges. */
  BpeWord(MergeTable merges) {
    this.merges = merges;
  }

  /** Forgets all symbols. */
  void clear() {
    size = 0;
  }

  /** Appends a symbol that stands for {@code length} bytes of UTF-8. */
  void add(int id, int length) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, Math.multiplyExact(size, 2));
      lengths = Arrays.copyOf(lengths, ids.length);
    }
    ids[size] = id;
    lengths[size++] = length;
  }

  /** Applies all merges. */
  void merge() {
    if (size <= SCAN_LIMIT) {
      mergeByScan();
    } else {
      mergeByHeap();
    }
  }

  private void mergeByScan() {
    for (int i = 0; i + 1 < size; i++) {
      pairs[i] = merges.get(ids[i], ids[i + 1]);
    }
    while (size > 1) {
      int best = 0;
      for (int i = 1; i < size - 1; i++) {
        // Equal ranks mean equal values, so the leftmost wins.
        best = pairs[i] < pairs[best] ? i : best;
      }
      if (pairs[best] == MergeTable.NONE) {
        return;
      }
      ids[best] = (int) pairs[best];
      lengths[best] += lengths[best + 1];
      int tail = size - best - 2;
      System.arraycopy(ids, best + 2, ids, best + 1, tail);
      System.arraycopy(lengths, best + 2, lengths, best + 1, tail);
      if (tail > 0) {
        System.arraycopy(pairs, best + 2, pairs, best + 1, tail - 1);
        pairs[best] = merges.get(ids[best], ids[best + 1]);
      }
      size--;
      if (best > 0) {
        pairs[best - 1] = merges.get(ids[best - 1], ids[best]);
      }
    }
  }

  private void mergeByHeap() {
    link();
    heapSize = 0;
    for (int i = 0; i + 1 < size; i++) {
      push(i);
    }
    while (heapSize > 0) {
      long top = pop();
      int at = (int) top;
      int right = lengths[at] == 0 ? -1 : next[at];
      if (right < 0) {
        continue;
      }
      long merge = merges.get(ids[at], ids[right]);
      if (merge == MergeTable.NONE || merge >>> 32 != top >>> 32) {
        continue; // The pair that was pushed here has been merged away.
      }
      ids[at] = (int) merge;
      lengths[at] += lengths[right];
      lengths[right] = 0;
      next[at] = next[right];
      if (next[at] >= 0) {
        previous[next[at]] = at;
        push(at);
      }
      if (previous[at] >= 0) {
        push(previous[at]);
      }
    }
    compact();
  }

  private void link() {
    if (next.length < size) {
      next = new int[ids.length];
      previous = new int[ids.length];
    }
    for (int i = 0; i < size; i++) {
      previous[i] = i - 1;
      next[i] = i + 1 < size ? i + 1 : -1;
    }
  }

  private void compact() {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (lengths[i] > 0) {
        ids[kept] = ids[i];
        lengths[kept++] = lengths[i];
      }
    }
    size = kept;
  }

  /** Puts the pair that starts at {@code at} into the heap, by rank, then by place. */
  private void push(int at) {
    long merge = merges.get(ids[at], ids[next[at]]);
    if (merge == MergeTable.NONE) {
      return;
    }
    long entry = merge & 0xFFFFFFFF00000000L | at;
    if (heapSize == heap.length) {
      heap = Arrays.copyOf(heap, Math.max(64, Math.multiplyExact(heapSize, 2)));
    }
    int i = heapSize++;
    while (i > 0 && heap[i - 1 >> 1] > entry) {
      heap[i] = heap[i - 1 >> 1];
      i = i - 1 >> 1;
    }
    heap[i] = entry;
  }

  private long pop() {
    final long top = heap[0];
    long last = heap[--heapSize];
    int i = 0;
    for (int child = 1; child < heapSize; child = 2 * i + 1) {
      if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= last) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return top;
  }

  /**
   * The symbols as tokens of the piece {@code chars[from, to)}. A token that begins or ends inside
   * a character covers the whole of it.
   */
  PieceCache.Entry toEntry(char[] chars, int from, int to, boolean keep) {
    int[] starts = new int[size];
    int[] ends = new int[size];
    int at = from;
    int atByte = 0;
    int position = 0;
    for (int t = 0; t < size; t++) {
      int last = position + lengths[t] - 1;
      at = advance(chars, at, to, position - atByte);
      atByte = position - skipped;
      starts[t] = at - from;
      at = advance(chars, at, to, last - atByte);
      atByte = last - skipped;
      ends[t] = at + Character.charCount(Character.codePointAt(chars, at, to)) - from;
      position = last + 1;
    }
    char[] piece = keep ? Arrays.copyOfRange(chars, from, to) : null;
    return new PieceCache.Entry(piece, Arrays.copyOf(ids, size), starts, ends);
  }

  /** How far into its character the position is that {@link #advance} stopped at. */
  private int skipped;

  /** The character, at or after {@code at}, that holds the byte {@code bytes} after its start. */
  private int advance(char[] chars, int at, int to, int bytes) {
    skipped = bytes;
    int i = at;
    while (true) {
      int cp = Character.codePointAt(chars, i, to);
      int length = Utf8.length(cp);
      int following = i + Character.charCount(cp);
      if (skipped < length || following >= to) {
        return i;
      }
      skipped -= length;
      i = following;
    }
  }
}
