package dev.sifter.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums over the rows of a matrix, column by column: gradients of weights that all rows share.
 *
 * <p>Rows are cut into at most {@link #MOST_BLOCKS} blocks by shape alone; each block sums into a
 * partial of its own, and the partials are added in order.
 */
final class RowSums {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int PARTIALS_SLOT = 3;
  private static final int MOST_BLOCKS = 32;
  private static final int LEAST_ROWS = 8;

  private final CpuContext context;
  private final int rows;
  private final int width;
  private final int sums;
  private final int rowsPerBlock;
  private final int blocks;
  private final float[] partials;

  /** One block's share of the work. */
  @FunctionalInterface
  interface Body {
    /**
     * Adds rows {@code from} … {@code to − 1} to the block's partials.
     *
     * @param at where the first sum's {@code width} partials begin; the next follows
     */
    void run(long from, long to, int worker, float[] partials, int at);
  }

  /**
   * Prepares sums.
   *
   * @param sums how many sums of {@code width} columns are taken at once
   */
  RowSums(CpuContext context, int rows, int width, int sums) {
    this.context = context;
    this.rows = rows;
    this.width = width;
    this.sums = sums;
    rowsPerBlock = Math.max(LEAST_ROWS, Math.ceilDiv(rows, MOST_BLOCKS));
    blocks = Math.ceilDiv(rows, rowsPerBlock);
    partials = context.shared().floats(PARTIALS_SLOT, (long) blocks * sums * width);
  }

  /** Runs all blocks, each over partials that begin as zeros. */
  void run(Body body) {
    context.run(
        blocks,
        (block, worker) -> {
          int at = block * sums * width;
          Arrays.fill(partials, at, at + sums * width, 0);
          long from = (long) block * rowsPerBlock;
          body.run(from, Math.min(rows, from + rowsPerBlock), worker, partials, at);
        });
  }

  /** Adds the partials of sum number {@code sum} into (or onto) {@code target}. */
  void finish(int sum, boolean accumulate, MemorySegment target) {
    finish(sum, accumulate, target, 0, 1);
  }

  /** The same into every {@code stride}-th element from number {@code first} on. */
  void finish(int sum, boolean accumulate, MemorySegment target, int first, int stride) {
    for (int i = 0; i < width; i++) {
      long place = 4 * (first + (long) i * stride);
      float total = accumulate ? target.get(ValueLayout.JAVA_FLOAT_UNALIGNED, place) : 0;
      for (int block = 0; block < blocks; block++) {
        total += partials[(block * sums + sum) * width + i];
      }
      target.set(ValueLayout.JAVA_FLOAT_UNALIGNED, place, total);
    }
  }

  /** partials += a row of fp32 elements. */
  static void addRow(MemorySegment source, long offset, int width, float[] partials, int at) {
    int bound = S.loopBound(width);
    for (int i = 0; i < bound; i += S.length()) {
      FloatVector.fromMemorySegment(S, source, offset + 4L * i, ORDER)
          .add(FloatVector.fromArray(S, partials, at + i))
          .intoArray(partials, at + i);
    }
    for (int i = bound; i < width; i++) {
      partials[at + i] += source.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * i);
    }
  }
}
