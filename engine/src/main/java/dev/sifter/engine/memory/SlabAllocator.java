package dev.sifter.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Places blocks in slabs: pure arithmetic on offsets, no memory of its own.
 *
 * <p>Best fit with coalescing. The same sequence of calls gives the same places, so a dry run
 * predicts exactly what a real run takes. A block that no free range can hold opens a new slab of
 * the larger of the slab size and the block.
 */
final class SlabAllocator {
  /** Every block begins at a multiple of this: a cache line, and the widest vector. */
  static final int ALIGNMENT = 64;

  /** A place: {@code bytes} bytes at {@code offset} of slab number {@code slab}. */
  record Block(int slab, long offset, long bytes) {}

  private record Free(long bytes, int slab, long offset) implements Comparable<Free> {
    @Override
    public int compareTo(Free other) {
      int bySize = Long.compare(bytes, other.bytes);
      int bySlab = bySize != 0 ? bySize : Integer.compare(slab, other.slab);
      return bySlab != 0 ? bySlab : Long.compare(offset, other.offset);
    }
  }

  private final long slabBytes;
  private final TreeSet<Free> freeBySize = new TreeSet<>();
  private final List<TreeMap<Long, Free>> freeByOffset = new ArrayList<>();
  private final List<Long> slabSizes = new ArrayList<>();

  SlabAllocator(long slabBytes) {
    this.slabBytes = slabBytes;
  }

  /** Sizes of the slabs opened so far, by slab number. */
  List<Long> slabSizes() {
    return slabSizes;
  }

  /** Finds room for {@code bytes} bytes (rounded up to the alignment, at least one unit). */
  Block allocate(long bytes) {
    long size = roundUp(Math.max(bytes, 1));
    Free fit = freeBySize.ceiling(new Free(size, -1, -1));
    if (fit == null) {
      openSlab(Math.max(size, slabBytes));
      fit = freeBySize.ceiling(new Free(size, -1, -1));
    }
    remove(fit);
    if (fit.bytes > size) {
      insert(new Free(fit.bytes - size, fit.slab, fit.offset + size));
    }
    return new Block(fit.slab, fit.offset, size);
  }

  /** Makes a block's room free again, joined with free neighbours. */
  void release(Block block) {
    TreeMap<Long, Free> slab = freeByOffset.get(block.slab);
    long offset = block.offset;
    long bytes = block.bytes;
    var before = slab.floorEntry(offset);
    if (before != null && before.getKey() + before.getValue().bytes == offset) {
      remove(before.getValue());
      offset = before.getKey();
      bytes += before.getValue().bytes;
    }
    Free after = slab.get(block.offset + block.bytes);
    if (after != null) {
      remove(after);
      bytes += after.bytes;
    }
    insert(new Free(bytes, block.slab, offset));
  }

  /** Makes all room free; the slabs stay open. */
  void releaseAll() {
    freeBySize.clear();
    for (int slab = 0; slab < slabSizes.size(); slab++) {
      freeByOffset.get(slab).clear();
      insert(new Free(slabSizes.get(slab), slab, 0));
    }
  }

  private void openSlab(long bytes) {
    slabSizes.add(bytes);
    freeByOffset.add(new TreeMap<>());
    insert(new Free(bytes, slabSizes.size() - 1, 0));
  }

  private void insert(Free free) {
    freeBySize.add(free);
    freeByOffset.get(free.slab).put(free.offset, free);
  }

  private void remove(Free free) {
    freeBySize.remove(free);
    freeByOffset.get(free.slab).remove(free.offset);
  }

  private static long roundUp(long bytes) {
    return Math.ceilDiv(bytes, (long) ALIGNMENT) * ALIGNMENT;
  }
}
