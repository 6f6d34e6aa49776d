package dev.sifter.engine.memory;

import java.util.Arrays;

/**
 * The free ranges of all slabs, in order of slab and offset, never two that touch. A step has few
 * of them at a time, so they lie in plain arrays: searching is a scan, and nothing is allocated.
 */
final class FreeRanges {
  private int[] slabs = new int[16];
  private long[] offsets = new long[16];
  private long[] sizes = new long[16];
  private int count;

  int slab(int index) {
    return slabs[index];
  }

  long offset(int index) {
    return offsets[index];
  }

  /** The smallest range of at least {@code bytes}, of equal ones the first; −1 if there is none. */
  int bestFit(long bytes) {
    int best = -1;
    for (int i = 0; i < count; i++) {
      if (sizes[i] >= bytes && (best < 0 || sizes[i] < sizes[best])) {
        best = i;
      }
    }
    return best;
  }

  /** Takes the first {@code bytes} of a range away. */
  void take(int index, long bytes) {
    offsets[index] += bytes;
    sizes[index] -= bytes;
    if (sizes[index] == 0) {
      removeAt(index);
    }
  }

  /** Adds a range that overlaps none, joining it with those that it touches. */
  void add(int slab, long offset, long bytes) {
    int at = firstAfter(slab, offset);
    boolean joinsBefore =
        at > 0 && slabs[at - 1] == slab && offsets[at - 1] + sizes[at - 1] == offset;
    boolean joinsAfter = at < count && slabs[at] == slab && offset + bytes == offsets[at];
    if (joinsBefore) {
      sizes[at - 1] += bytes;
      if (joinsAfter) {
        sizes[at - 1] += sizes[at];
        removeAt(at);
      }
    } else if (joinsAfter) {
      offsets[at] = offset;
      sizes[at] += bytes;
    } else {
      insertAt(at, slab, offset, bytes);
    }
  }

  void clear() {
    count = 0;
  }

  private int firstAfter(int slab, long offset) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      boolean isBefore = slabs[middle] < slab || slabs[middle] == slab && offsets[middle] < offset;
      if (isBefore) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void insertAt(int index, int slab, long offset, long bytes) {
    if (count == slabs.length) {
      slabs = Arrays.copyOf(slabs, 2 * count);
      offsets = Arrays.copyOf(offsets, 2 * count);
      sizes = Arrays.copyOf(sizes, 2 * count);
    }
    move(index, index + 1);
    slabs[index] = slab;
    offsets[index] = offset;
    sizes[index] = bytes;
    count++;
  }

  private void removeAt(int index) {
    move(index + 1, index);
    count--;
  }

  private void move(int from, int to) {
    System.arraycopy(slabs, from, slabs, to, count - from);
    System.arraycopy(offsets, from, offsets, to, count - from);
    System.arraycopy(sizes, from, sizes, to, count - from);
  }
}
