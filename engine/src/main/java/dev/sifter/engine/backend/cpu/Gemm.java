package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.LowRankChange;
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
 *
 * <p>A low-rank change of B costs no pass over memory of its own: z = A·U is computed from the
 * packed panels of A, and these then grow by z, as those of B do by V. The product of the longer
 * panels is A·B + z·V.
 */
final class Gemm {
  private static final int SHARED_A = 0;
  private static final int SHARED_B = 1;
  private static final int SHARED_U = 4;
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

  // The tasks read the fields below, since what a lambda would capture is an object per block.
  private final WorkerPool.Task packing = this::pack;
  private final WorkerPool.Task packingU = this::packU;
  private final WorkerPool.Task computing = this::compute;

  // The product that is being computed; one kernel of a backend runs at a time.
  private Operand a;
  private Operand b;
  private float alpha;
  private float beta;
  private MemorySegment c;

  // Its low-rank change, if it has one: factors as those of B, and z as one of A.
  private Operand u;
  private Operand v;
  private Operand z;
  private float zScale;
  private float vScale;

  // Its block: ranges of rows, columns and depths, and the packed factors.
  private int blockRow;
  private int blockRows;
  private int blockColumn;
  private int blockColumns;
  private int from;
  private int depth;
  private int panelDepth;
  private float[] packedA;
  private float[] packedB;
  private float[] packedU;
  private int packTasksOfA;
  private int packTasksOfB;

  Gemm(CpuContext context) {
    this.context = context;
  }

  /** C = α·op(A)·op(B) + β·C. */
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
    z = null;
    multiplyBlocks();
  }

  /** z = zScale·A·op(U); C = A·op(B) + scale·z·op(V) + β·C. */
  void multiplyAdapted(
      Tensor left,
      Tensor right,
      boolean transposeRight,
      LowRankChange change,
      float beta,
      Tensor between,
      Tensor target) {
    a = Operand.ofA(left, false);
    b = Operand.ofB(right, transposeRight);
    c = target.segment();
    alpha = 1;
    this.beta = beta;
    u = Operand.ofB(change.u(), change.transposeU());
    v = Operand.ofB(change.v(), change.transposeV());
    z = Operand.ofA(between, false);
    zScale = change.zScale();
    vScale = change.scale();
    multiplyBlocks();
  }

  private void multiplyBlocks() {
    int m = a.lanes();
    int n = b.lanes();
    int k = a.depth();
    int depths = Math.ceilDiv(k, Math.max(1, Math.ceilDiv(k, DEPTH_BLOCK)));
    int longest = depths + (z == null ? 0 : z.depth());
    int rows = blockLanes(m, longest, ROW_UNIT);
    int columns = blockLanes(n, longest, COLUMN_UNIT);
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
          panelDepth = depth + (isGrowing() ? z.depth() : 0);
          // What the block before has packed can stay where only the other factor changes.
          boolean keepsA = oneDepth && rows >= m && column > 0;
          boolean keepsB = oneDepth && row > 0;
          multiplyBlock(!keepsA, !keepsB);
          from += depths;
        } while (from < k);
      }
    }
  }

  /** Whether z and V are part of the block: in its last depths, where z is complete. */
  private boolean isGrowing() {
    return z != null && from + depth == a.depth();
  }

  /** Whether the block's depths are still to be added to z: each row's first block does it. */
  private boolean computesZ() {
    return z != null && blockColumn == 0;
  }

  private static int blockLanes(int lanes, int depth, int unit) {
    int most = Math.max(unit, PACKED_FLOATS / Math.max(1, depth) / unit * unit);
    int blocks = Math.max(1, Math.ceilDiv(lanes, most));
    return Math.ceilDiv(Math.ceilDiv(lanes, blocks), unit) * unit;
  }

  private void multiplyBlock(boolean packA, boolean packB) {
    packedA =
        context.shared().floats(SHARED_A, (long) padded(blockRows, MicroKernel.ROWS) * panelDepth);
    packedB =
        context
            .shared()
            .floats(SHARED_B, (long) padded(blockColumns, MicroKernel.LANES) * panelDepth);
    int rowTasks = Math.ceilDiv(blockRows, ROW_UNIT);
    packTasksOfA = packA ? rowTasks : 0;
    packTasksOfB = packB ? Math.ceilDiv(blockColumns, COLUMN_UNIT) : 0;
    boolean small = (double) blockRows * blockColumns * depth < 100_000;
    if (computesZ()) {
      packedU =
          context.shared().floats(SHARED_U, (long) padded(u.lanes(), MicroKernel.LANES) * depth);
      run(small, Math.ceilDiv(u.lanes(), COLUMN_UNIT), packingU);
    }
    run(small, packTasksOfA + packTasksOfB, packing);
    run(small, rowTasks * Math.ceilDiv(blockColumns, COLUMN_UNIT), computing);
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
    Scratch scratch = context.scratch(worker);
    if (task < packTasksOfA) {
      int row = task * ROW_UNIT;
      int rows = Math.min(ROW_UNIT, blockRows - row);
      int stride = MicroKernel.ROWS * panelDepth;
      int at = row * panelDepth;
      Packing.panels(
          a, blockRow + row, rows, MicroKernel.ROWS, from, depth, packedA, at, stride, scratch);
      grow(row, rows, scratch);
    } else {
      int column = (task - packTasksOfA) * COLUMN_UNIT;
      int columns = Math.min(COLUMN_UNIT, blockColumns - column);
      int at = column * panelDepth;
      packColumns(b, blockColumn + column, columns, from, depth, panelDepth, packedB, at, scratch);
      if (isGrowing()) {
        packChange(column, columns, scratch);
      }
    }
  }

  private void packU(int task, int worker) {
    int column = task * COLUMN_UNIT;
    int columns = Math.min(COLUMN_UNIT, u.lanes() - column);
    int at = column * depth;
    packColumns(u, column, columns, from, depth, depth, packedU, at, context.scratch(worker));
  }

  /** Packs columns of a factor: panels as wide as a tile, and a narrower one for the rest. */
  private static void packColumns(
      Operand factor,
      int first,
      int columns,
      int from,
      int depth,
      int panelDepth,
      float[] packed,
      int at,
      Scratch scratch) {
    int width = MicroKernel.COLUMNS;
    int whole = columns / width * width;
    int stride = width * panelDepth;
    Packing.panels(factor, first, whole, width, from, depth, packed, at, stride, scratch);
    if (whole < columns) {
      int rest = columns - whole;
      int narrow = MicroKernel.tileWidth(rest);
      int to = at + whole * panelDepth;
      Packing.panels(factor, first + whole, rest, narrow, from, depth, packed, to, 0, scratch);
    }
  }

  /** Puts scale·V below panels of B. */
  private void packChange(int column, int columns, Scratch scratch) {
    int rank = v.depth();
    for (int i = 0; i < columns; i += MicroKernel.COLUMNS) {
      int width = MicroKernel.tileWidth(columns - i);
      int at = (column + i) * panelDepth + width * depth;
      int lane = blockColumn + column + i;
      int lanes = Math.min(width, columns - i);
      Packing.panels(v, lane, lanes, width, 0, rank, packedB, at, 0, scratch);
      for (int j = at; j < at + width * rank; j++) {
        packedB[j] *= vScale;
      }
    }
  }

  /**
   * Adds this block's depths of rows of A that have just been packed to z, and puts z below their
   * panels once it is complete.
   */
  private void grow(int start, int rows, Scratch scratch) {
    if (computesZ()) {
      float[] tile = scratch.floats(TILE_SLOT, TILE_FLOATS);
      float kept = from == 0 ? 0 : 1;
      int rank = z.depth();
      tiles(start, start + rows, 0, rank, packedU, depth, tile, zScale, kept, z.memory(), 0, rank);
    }
    if (isGrowing()) {
      int at = start * panelDepth + MicroKernel.ROWS * depth;
      int stride = MicroKernel.ROWS * panelDepth;
      int row = blockRow + start;
      Packing.panels(z, row, rows, MicroKernel.ROWS, 0, z.depth(), packedA, at, stride, scratch);
    }
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
        packedB,
        panelDepth,
        tile,
        alpha,
        from == 0 ? beta : 1,
        c,
        blockColumn,
        b.lanes());
  }

  /** Computes rows and columns of a target from the first {@code depths} of the panels of A. */
  private void tiles(
      int rowStart,
      int rowEnd,
      int columnStart,
      int columnEnd,
      float[] right,
      int depths,
      float[] tile,
      float scale,
      float kept,
      MemorySegment target,
      int firstColumn,
      int stride) {
    // A's panel stays in the first-level cache while B's panels stream past it.
    for (int row = rowStart; row < rowEnd; row += MicroKernel.ROWS) {
      int rows = Math.min(MicroKernel.ROWS, rowEnd - row);
      for (int column = columnStart; column < columnEnd; column += MicroKernel.COLUMNS) {
        int columns = Math.min(MicroKernel.COLUMNS, columnEnd - column);
        int width = MicroKernel.tileWidth(columns);
        MicroKernel.columns(
            packedA,
            row * panelDepth,
            MicroKernel.ROWS,
            right,
            column * depths,
            width,
            width,
            depths,
            tile,
            0,
            width,
            false);
        long at = (long) (blockRow + row) * stride + firstColumn + column;
        TileStore.store(tile, width, rows, columns, scale, kept, target, at, stride);
      }
    }
  }

  private static int padded(int lanes, int unit) {
    return Math.ceilDiv(lanes, unit) * unit;
  }
}
