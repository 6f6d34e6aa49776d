package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * C = α·Aᵀ·B + β·C where A or B has few columns, as gradients of low-rank factors have: a sum over
 * all rows of both, which does so little with each element that packing it would take longer.
 *
 * <p>A task owns some columns of the wide factor. It copies a few rows of them at a time into the
 * first-level cache, where the columns of the narrow factor, packed once, meet them.
 */
final class ThinProduct {
  /** Most columns of the narrow factor. */
  static final int MOST_COLUMNS = 64;

  private static final int NARROW_SLOT = 0;
  private static final int SUMS_SLOT = 0;
  private static final int ROWS_SLOT = 1;
  private static final int TURNED_SLOT = 2;

  /** Most columns of a task: the longer its pieces of rows, the faster they come from memory. */
  private static final int MOST_LANES = 4 * MicroKernel.COLUMNS;

  /** Tasks that are worth shorter pieces. */
  private static final int TASKS_WANTED = 8;

  /** Rows that are copied at a time. */
  private static final int DEPTH = 64;

  private final CpuContext context;

  ThinProduct(CpuContext context) {
    this.context = context;
  }

  /** Whether this is the way to compute Aᵀ·B. */
  static boolean suits(Tensor a, Tensor b) {
    return Math.min(a.width(), b.width()) <= MOST_COLUMNS;
  }

  /** C [m, n] = α·Aᵀ·B + β·C for A [k, m] and B [k, n]. */
  void multiply(Tensor a, Tensor b, float alpha, float beta, Tensor c) {
    boolean turned = b.width() < a.width();
    Operand narrow = Operand.ofB(turned ? b : a, false);
    Operand wide = Operand.ofB(turned ? a : b, false);
    int depth = narrow.depth();
    int rows = narrow.lanes();
    int lanes = wide.lanes() < TASKS_WANTED * MOST_LANES ? MOST_LANES / 2 : MOST_LANES;
    float[] packed = packed(narrow);
    MemorySegment target = c.segment();
    context.runRanges(
        wide.lanes(),
        lanes,
        (from, to, worker) -> {
          Scratch scratch = context.scratch(worker);
          int columns = (int) (to - from);
          int stride = stride(columns);
          float[] sums = sums(packed, rows, wide, (int) from, columns, depth, scratch);
          if (turned) {
            float[] lines = scratch.floats(TURNED_SLOT, (long) columns * rows);
            for (int column = 0; column < columns; column++) {
              for (int row = 0; row < rows; row++) {
                lines[column * rows + row] = sums[row * stride + column];
              }
            }
            TileStore.store(lines, rows, columns, rows, alpha, beta, target, from * rows, rows);
          } else {
            TileStore.store(sums, stride, rows, columns, alpha, beta, target, from, wide.lanes());
          }
        });
  }

  /** The narrow factor in panels of {@link MicroKernel#ROWS} columns. */
  private float[] packed(Operand narrow) {
    int rows = Math.ceilDiv(narrow.lanes(), MicroKernel.ROWS) * MicroKernel.ROWS;
    float[] packed = context.shared().floats(NARROW_SLOT, (long) rows * narrow.depth());
    context.runRanges(
        narrow.lanes(),
        MicroKernel.ROWS,
        (from, to, worker) ->
            Packing.panels(
                narrow,
                (int) from,
                (int) (to - from),
                MicroKernel.ROWS,
                0,
                narrow.depth(),
                packed,
                (int) from * narrow.depth(),
                0,
                context.scratch(worker)));
    return packed;
  }

  /** Distance of rows of {@code columns} sums: whole vectors. */
  private static int stride(int columns) {
    return Math.ceilDiv(columns, MicroKernel.LANES) * MicroKernel.LANES;
  }

  /** The sums of some columns. */
  private static float[] sums(
      float[] packed, int rows, Operand wide, int from, int columns, int depth, Scratch scratch) {
    int panels = Math.ceilDiv(rows, MicroKernel.ROWS);
    int stride = stride(columns);
    int size = panels * MicroKernel.ROWS * stride;
    float[] sums = scratch.floats(SUMS_SLOT, size);
    float[] lines = scratch.floats(ROWS_SLOT, (long) DEPTH * stride);
    Arrays.fill(sums, 0, size, 0);
    for (int k = 0; k < depth; k += DEPTH) {
      int depths = Math.min(DEPTH, depth - k);
      for (int i = 0; i < depths; i++) {
        long element = (long) (k + i) * wide.lanes() + from;
        Numbers.load(wide.dtype(), wide.memory(), element, lines, i * stride, columns);
      }
      for (int panel = 0; panel < panels; panel++) {
        int a = (panel * depth + k) * MicroKernel.ROWS;
        add(packed, a, lines, columns, depths, sums, panel * MicroKernel.ROWS * stride);
      }
    }
    return sums;
  }

  private static void add(
      float[] packed, int at, float[] lines, int columns, int depths, float[] sums, int row) {
    int stride = stride(columns);
    for (int column = 0; column < columns; column += MicroKernel.COLUMNS) {
      MicroKernel.columns(
          packed,
          at,
          MicroKernel.ROWS,
          lines,
          column,
          stride,
          MicroKernel.tileWidth(columns - column),
          depths,
          sums,
          row + column,
          stride,
          true);
    }
  }
}
