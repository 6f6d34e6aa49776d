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

  private static final int ROW_UNIT = MicroKernel.ROWS * ROW_PANELS;
  private static final int COLUMN_UNIT = MicroKernel.COLUMNS * COLUMN_PANELS;
  private static final int TILE_FLOATS = MicroKernel.ROWS * MicroKernel.COLUMNS;

  private final CpuContext context;

  // Both tasks read the fields below, since what a lambda would capture is an object per block.
  private final WorkerPool.Task packing = this::pack;
  private final WorkerPool.Task computing = this::compute;

  // The product that is being computed; one kernel of a backend runs at a time.
  private Operand a;
  private Operand b;
  private float alpha;
  private float beta;
  private MemorySegment c;

  // Its block: ranges of rows, columns and depths, and the packed factors.
  private int blockRow;
  private int blockRows;
  private int blockColumn;
  private int blockColumns;
  private int from;
  private int depth;
  private float[] packedA;
  private float[] packedB;
  private int packTasksOfA;

  Gemm(CpuContext context) {
    this.context = context;
  }

  void multiply(
      Tensor left,
      boolean transposeLeft,
      Tensor right,
      boolean transposeRight,
      float alpha,
      float beta,
      Tensor target) {
    a = Operand.ofA(left, transposeLeft);
    b = Operand.ofB(right, transposeRight);
    c = target.segment();
    this.alpha = alpha;
    this.beta = beta;
    int m = a.lanes();
    int n = b.lanes();
    int k = a.depth();
    int depths = Math.ceilDiv(k, Math.max(1, Math.ceilDiv(k, DEPTH_BLOCK)));
    int rows = blockLanes(m, depths, ROW_UNIT);
    int columns = blockLanes(n, depths, COLUMN_UNIT);
    boolean oneDepth = depths >= k;
    for (int column = 0; column < n; column += columns) {
      blockColumn = column;
      blockColumns = Math.min(columns, n - column);
      for (int row = 0; row < m; row += rows) {
        blockRow = row;
        blockRows = Math.min(rows, m - row);
        from = 0;
        do {
          depth = Math.min(depths, k - from);
          // What the block before has packed can stay where only the other factor changes.
          boolean keepsA = oneDepth && rows >= m && column > 0;
          boolean keepsB = oneDepth && row > 0;
          multiplyBlock(!keepsA, !keepsB);
          from += depths;
        } while (from < k);
      }
    }
  }

  private static int blockLanes(int lanes, int depth, int unit) {
    int most = Math.max(unit, PACKED_FLOATS / Math.max(1, depth) / unit * unit);
    int blocks = Math.max(1, Math.ceilDiv(lanes, most));
    return Math.ceilDiv(Math.ceilDiv(lanes, blocks), unit) * unit;
  }

  private void multiplyBlock(boolean packA, boolean packB) {
    packedA = context.shared().floats(SHARED_A, (long) padded(blockRows, MicroKernel.ROWS) * depth);
    packedB =
        context.shared().floats(SHARED_B, (long) padded(blockColumns, MicroKernel.LANES) * depth);
    packTasksOfA = packA ? Math.ceilDiv(blockRows, ROW_UNIT) : 0;
    int packTasksOfB = packB ? Math.ceilDiv(blockColumns, MicroKernel.COLUMNS) : 0;
    boolean small = (double) blockRows * blockColumns * depth < 100_000;
    run(small, packTasksOfA + packTasksOfB, packing);
    run(
        small,
        Math.ceilDiv(blockRows, ROW_UNIT) * Math.ceilDiv(blockColumns, COLUMN_UNIT),
        computing);
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

  private void pack(int task, int worker) {
    if (task < packTasksOfA) {
      int row = task * ROW_UNIT;
      int rows = Math.min(ROW_UNIT, blockRows - row);
      pack(a, blockRow + row, rows, MicroKernel.ROWS, packedA, row * depth, worker);
    } else {
      int column = (task - packTasksOfA) * MicroKernel.COLUMNS;
      int columns = Math.min(MicroKernel.COLUMNS, blockColumns - column);
      int width = MicroKernel.tileWidth(columns);
      pack(b, blockColumn + column, columns, width, packedB, column * depth, worker);
    }
  }

  private void pack(
      Operand factor, int lane, int lanes, int width, float[] packed, int at, int worker) {
    Packing.panels(factor, lane, lanes, width, from, depth, packed, at, context.scratch(worker));
  }

  private void compute(int task, int worker) {
    int rowTasks = Math.ceilDiv(blockRows, ROW_UNIT);
    int row = task % rowTasks * ROW_UNIT;
    int column = task / rowTasks * COLUMN_UNIT;
    float[] tile = context.scratch(worker).floats(TILE_SLOT, TILE_FLOATS);
    tiles(
        row,
        Math.min(blockRows, row + ROW_UNIT),
        column,
        Math.min(blockColumns, column + COLUMN_UNIT),
        tile);
  }

  private void tiles(int rowStart, int rowEnd, int columnStart, int columnEnd, float[] tile) {
    float kept = from == 0 ? beta : 1;
    int stride = b.lanes();
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
        long at = (long) (blockRow + row) * stride + blockColumn + column;
        TileStore.store(tile, width, rows, columns, alpha, kept, c, at, stride);
      }
    }
  }

  private static int padded(int lanes, int unit) {
    return Math.ceilDiv(lanes, unit) * unit;
  }
}
