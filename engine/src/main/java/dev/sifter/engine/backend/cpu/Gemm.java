package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * C = α·A·B + β·C by packed panels, after Goto and van de Geijn ("Anatomy of High-Performance
 * Matrix Multiplication", 2008).
 *
 * <p>C is cut into super-blocks whose packed factors fit the last-level cache. For each, and for
 * each block of the depth, all threads first pack both factors once, then compute blocks of C whose
 * panels fit the second-level cache. All cuts follow from the shape, so each element of C is the
 * same sum in the same order on any number of threads.
 */
final class Gemm {
  private static final int SHARED_A = 0;
  private static final int SHARED_B = 1;
  private static final int TILE_SLOT = 6;

  /** Most depths that are summed in registers before a tile is added to C. */
  private static final int DEPTH_BLOCK = 768;

  /** Most floats of a packed factor: a third of a usual last-level cache. */
  private static final int PACKED_FLOATS = 2 << 20;

  /** Rows and columns of C that a task computes. */
  private static final int ROW_PANELS = 16;

  private static final int COLUMN_PANELS = 4;

  private final CpuContext context;

  Gemm(CpuContext context) {
    this.context = context;
  }

  /** What one product computes; a record so that tasks can share it. */
  private record Product(Operand a, Operand b, float alpha, float beta, MemorySegment c) {}

  /** Ranges of rows, columns and depths. */
  private record Block(int row, int rows, int column, int columns, int from, int depth) {}

  void multiply(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      float alpha,
      float beta,
      Tensor c) {
    Product product =
        new Product(
            Operand.ofA(a, transposeA), Operand.ofB(b, transposeB), alpha, beta, c.segment());
    int m = product.a.lanes();
    int n = product.b.lanes();
    int k = product.a.depth();
    int depthBlocks = Math.max(1, Math.ceilDiv(k, DEPTH_BLOCK));
    int depth = Math.ceilDiv(k, depthBlocks);
    int rows = blockLanes(m, depth, MicroKernel.ROWS * ROW_PANELS);
    int columns = blockLanes(n, depth, MicroKernel.COLUMNS * COLUMN_PANELS);
    Block packedA = null;
    for (int column = 0; column < n; column += columns) {
      for (int row = 0; row < m; row += rows) {
        int from = 0;
        do {
          Block block =
              new Block(
                  row,
                  Math.min(rows, m - row),
                  column,
                  Math.min(columns, n - column),
                  from,
                  Math.min(depth, k - from));
          boolean keepsA = packedA != null && packedA.row == row && packedA.from == from;
          boolean keepsB = packedA != null && packedA.column == column && packedA.from == from;
          compute(product, block, !keepsA, !keepsB);
          packedA = block;
          from += depth;
        } while (from < k);
      }
    }
  }

  private static int blockLanes(int lanes, int depth, int unit) {
    int most = Math.max(unit, PACKED_FLOATS / Math.max(1, depth) / unit * unit);
    int blocks = Math.max(1, Math.ceilDiv(lanes, most));
    return Math.ceilDiv(Math.ceilDiv(lanes, blocks), unit) * unit;
  }

  private void compute(Product product, Block block, boolean packA, boolean packB) {
    int depth = block.depth;
    float[] packedA =
        context.shared().floats(SHARED_A, (long) padded(block.rows, MicroKernel.ROWS) * depth);
    float[] packedB =
        context.shared().floats(SHARED_B, (long) padded(block.columns, MicroKernel.LANES) * depth);
    int aUnit = MicroKernel.ROWS * ROW_PANELS;
    int bUnit = MicroKernel.COLUMNS;
    int aTasks = packA ? Math.ceilDiv(block.rows, aUnit) : 0;
    int bTasks = packB ? Math.ceilDiv(block.columns, bUnit) : 0;
    boolean small = (double) block.rows * block.columns * depth < 100_000;
    run(
        small,
        aTasks + bTasks,
        (task, worker) -> {
          if (task < aTasks) {
            int first = task * aUnit;
            packA(product.a, block, first, Math.min(aUnit, block.rows - first), packedA, worker);
          } else {
            packB(product.b, block, (task - aTasks) * bUnit, packedB, worker);
          }
        });
    int rowUnit = MicroKernel.ROWS * ROW_PANELS;
    int columnUnit = MicroKernel.COLUMNS * COLUMN_PANELS;
    int rowTasks = Math.ceilDiv(block.rows, rowUnit);
    int columnTasks = Math.ceilDiv(block.columns, columnUnit);
    run(
        small,
        rowTasks * columnTasks,
        (task, worker) -> {
          int row = task % rowTasks * rowUnit;
          int column = task / rowTasks * columnUnit;
          int rowEnd = Math.min(block.rows, row + rowUnit);
          int columnEnd = Math.min(block.columns, column + columnUnit);
          float[] tile =
              context
                  .scratch(worker)
                  .floats(TILE_SLOT, (long) MicroKernel.ROWS * MicroKernel.COLUMNS);
          tiles(product, block, row, rowEnd, column, columnEnd, packedA, packedB, tile);
        });
  }

  private void run(boolean alone, int tasks, WorkerPool.Task body) {
    if (alone) {
      for (int task = 0; task < tasks; task++) {
        body.run(task, 0);
      }
    } else {
      context.run(tasks, body);
    }
  }

  private void packA(Operand a, Block block, int row, int rows, float[] packed, int worker) {
    Packing.panels(
        a,
        block.row + row,
        rows,
        MicroKernel.ROWS,
        block.from,
        block.depth,
        packed,
        row * block.depth,
        context.scratch(worker));
  }

  private void packB(Operand b, Block block, int column, float[] packed, int worker) {
    int columns = Math.min(MicroKernel.COLUMNS, block.columns - column);
    Packing.panels(
        b,
        block.column + column,
        columns,
        MicroKernel.tileWidth(columns),
        block.from,
        block.depth,
        packed,
        column * block.depth,
        context.scratch(worker));
  }

  private static void tiles(
      Product product,
      Block block,
      int rowStart,
      int rowEnd,
      int columnStart,
      int columnEnd,
      float[] packedA,
      float[] packedB,
      float[] tile) {
    int depth = block.depth;
    float beta = block.from == 0 ? product.beta : 1;
    int stride = product.b.lanes();
    // A's panel stays in the first-level cache while B's panels stream past it.
    for (int row = rowStart; row < rowEnd; row += MicroKernel.ROWS) {
      int rows = Math.min(MicroKernel.ROWS, rowEnd - row);
      for (int column = columnStart; column < columnEnd; column += MicroKernel.COLUMNS) {
        int columns = Math.min(MicroKernel.COLUMNS, columnEnd - column);
        int width = MicroKernel.tileWidth(columns);
        MicroKernel.columns(
            packedA,
            row * depth,
            MicroKernel.ROWS,
            packedB,
            column * depth,
            width,
            width,
            depth,
            tile,
            0,
            width,
            false);
        long at = (long) (block.row + row) * stride + block.column + column;
        TileStore.store(tile, width, rows, columns, product.alpha, beta, product.c, at, stride);
      }
    }
  }

  private static int padded(int lanes, int unit) {
    return Math.ceilDiv(lanes, unit) * unit;
  }
}
