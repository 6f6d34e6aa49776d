package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * C = α·Aᵀ·B + β·C where A or B has few columns, as gradients of low-rank factors have: a sum over
 * all rows of both, which does so little with each element that packing it would take longer.
 *
 * <p>A task owns a chunk of the rows. It copies a few whole rows of the wide factor at a time into
 * the second-level cache, one straight piece of memory, where the columns of the narrow factor,
 * packed once, meet them. The chunks' sums are then added in their order.
 */
final class ThinProduct {
  /** Most columns of the narrow factor. */
  static final int MOST_COLUMNS = 64;

  private static final int NARROW_SLOT = 0;
  private static final int PARTIALS_SLOT = 1;
  private static final int SUMS_SLOT = 0;
  private static final int ROWS_SLOT = 1;
  private static final int TURNED_SLOT = 2;

  private static final int MOST_CHUNKS = 8;

  /** Floats of all chunks' sums from which on there are but two chunks. */
  private static final int MOST_PARTIALS = 1 << 22;

  /** Fewest rows of a chunk. */
  private static final int FEWEST_ROWS = 64;

  /** Floats that are copied at a time: half a usual second-level cache. */
  private static final int COPIED_FLOATS = 1 << 17;

  /** Columns of the wide factor that one task finishes. */
  private static final int COLUMN_UNIT = 4 * MicroKernel.COLUMNS;

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
    int stride = wholeVectors(wide.lanes());
    float[] packed = packed(narrow);
    int size = Math.ceilDiv(rows, MicroKernel.ROWS) * MicroKernel.ROWS * stride;
    int mostChunks = Math.clamp(MOST_PARTIALS / size, 2, MOST_CHUNKS);
    int chunkRows = Math.max(FEWEST_ROWS, Math.ceilDiv(depth, mostChunks));
    int chunks = Math.max(1, Math.ceilDiv(depth, chunkRows));
    float[] partials = context.shared().floats(PARTIALS_SLOT, (long) chunks * size);
    context.run(
        chunks,
        (chunk, worker) -> {
          int from = chunk * chunkRows;
          int to = Math.min(depth, from + chunkRows);
          Arrays.fill(partials, chunk * size, (chunk + 1) * size, 0);
          addRows(packed, rows, wide, from, to, partials, chunk * size, context.scratch(worker));
        });
    finish(partials, size, chunks, rows, wide.lanes(), turned, alpha, beta, c.segment());
  }

  /** Adds the sums of all chunks, {@code size} floats each, and stores them or their transpose. */
  private void finish(
      float[] partials,
      int size,
      int chunks,
      int rows,
      int lanes,
      boolean turned,
      float alpha,
      float beta,
      MemorySegment target) {
    int stride = wholeVectors(lanes);
    int height = wholeVectors(rows);
    context.runRanges(
        lanes,
        COLUMN_UNIT,
        (from, to, worker) -> {
          Scratch scratch = context.scratch(worker);
          int columns = (int) (to - from);
          int width = wholeVectors(columns);
          float[] sums = scratch.floats(SUMS_SLOT, (long) height * width);
          for (int row = 0; row < rows; row++) {
            sum(partials, row * stride + (int) from, size, chunks, sums, row * width, columns);
          }
          if (turned) {
            float[] lines = scratch.floats(TURNED_SLOT, (long) width * height);
            Transpose.matrix(sums, width, rows, columns, lines, height);
            TileStore.store(lines, height, columns, rows, alpha, beta, target, from * rows, rows);
          } else {
            TileStore.store(sums, width, rows, columns, alpha, beta, target, from, lanes);
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

  private static int wholeVectors(int columns) {
    return Math.ceilDiv(columns, MicroKernel.LANES) * MicroKernel.LANES;
  }

  /** sums += narrow columns · wide rows, of the rows of one chunk. */
  private static void addRows(
      float[] packed,
      int rows,
      Operand wide,
      int from,
      int to,
      float[] sums,
      int sumsAt,
      Scratch scratch) {
    int lanes = wide.lanes();
    int depth = wide.depth();
    int stride = wholeVectors(lanes);
    int copied = Math.max(MicroKernel.ROWS, COPIED_FLOATS / lanes);
    // A tile may read up to a vector past its last row.
    float[] lines = scratch.floats(ROWS_SLOT, (long) copied * lanes + MicroKernel.LANES);
    int panels = Math.ceilDiv(rows, MicroKernel.ROWS);
    for (int k = from; k < to; k += copied) {
      int depths = Math.min(copied, to - k);
      long element = (long) k * lanes;
      Numbers.load(wide.dtype(), wide.memory(), element, lines, 0, depths * lanes);
      for (int column = 0; column < lanes; column += MicroKernel.COLUMNS) {
        int width = MicroKernel.tileWidth(lanes - column);
        for (int panel = 0; panel < panels; panel++) {
          MicroKernel.columns(
              packed,
              (panel * depth + k) * MicroKernel.ROWS,
              MicroKernel.ROWS,
              lines,
              column,
              lanes,
              width,
              depths,
              sums,
              sumsAt + panel * MicroKernel.ROWS * stride + column,
              stride,
              true);
        }
      }
    }
  }

  /** sums = Σ of all chunks, in their order. */
  private static void sum(
      float[] partials, int from, int size, int chunks, float[] sums, int at, int columns) {
    System.arraycopy(partials, from, sums, at, columns);
    for (int chunk = 1; chunk < chunks; chunk++) {
      int next = from + chunk * size;
      for (int i = 0; i < columns; i++) {
        sums[at + i] += partials[next + i];
      }
    }
  }
}
