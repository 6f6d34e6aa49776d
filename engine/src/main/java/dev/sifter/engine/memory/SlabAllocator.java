package dev.sifter.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

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

  private final long slabBytes;
  private final LongConsumer opener;
  private final FreeRanges free = new FreeRanges();
  private final List<Long> slabSizes = new ArrayList<>();

  /**
   * No slabs yet.
   *
   * @param slabBytes least size of a slab
   * @param opener takes memory for the next slab, of the size that it is told; if it throws, no
   *     slab was opened
   */
  SlabAllocator(long slabBytes, LongConsumer opener) {
    this.slabBytes = slabBytes;
    this.opener = opener;
  }

  /** Sizes of the slabs opened so far, by slab number. */
  List<Long> slabSizes() {
    return slabSizes;
  }

  /** Finds room for {@code bytes} bytes (rounded up to the alignment, at least one unit). */
  Block allocate(long bytes) {
    long size = roundUp(Math.max(bytes, 1));
    int fit = free.bestFit(size);
    if (fit < 0) {
      long slab = Math.max(size, slabBytes);
      opener.accept(slab);
      slabSizes.add(slab);
      free.add(slabSizes.size() - 1, 0, slabSizes.getLast());
      fit = free.bestFit(size);
    }
    Block block = new Block(free.slab(fit), free.offset(fit), size);
    free.take(fit, size);
    return block;
  }

  /** Makes a block's room free again, joined with free neighbours. */
  void release(Block block) {
    free.add(block.slab, block.offset, block.bytes);
  }

  /** Makes all room free; the slabs stay open. */
  void releaseAll() {
    free.clear();
    for (int slab = 0; slab < slabSizes.size(); slab++) {
      free.add(slab, 0, slabSizes.get(slab));
    }
  }

  private static long roundUp(long bytes) {
    return Math.ceilDiv(bytes, (long) ALIGNMENT) * ALIGNMENT;
  }
}
