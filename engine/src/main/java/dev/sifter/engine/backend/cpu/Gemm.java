package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * C = α·A·B + β·C by packed panels, after Goto and van de Geijn ("Anatomy of High-Performance
 * Matrix Multiplication", 2008).
 *
 * <p>For a block of rows and a block of the depth, all threads first pack A, which then lies in the
 * last-level cache. Then each packs a few columns of B at a time into the second-level cache of its
 * core and meets them with all rows of A, until no columns are left; who finds none helps with the
 * rows of another's. So threads wait for each other once a block, for as long as a few rows take.
 * The depth alone decides what is summed in which order; rows and columns are cut by the number of
 * threads too, which no element of C shows.
 *
 * <p>A low-rank change of B costs no pass over memory of its own: z = A·U is computed from the
 * packed panels of A, and these then grow by z, as those of B do by V. The product of the longer
 * panels is A·B + z·V.
 */
final class Gemm {
  private static final int SHARED_A = 0;
  private static final int SHARED_U = 4;
  private static final int COLUMNS_SLOT = 5;
  private static final int TILE_SLOT = 6;

  /** Most depths that are summed in registers before a tile is added to C. */
  private static final int DEPTH_BLOCK = 1536;

  /** Most floats of the packed A: a third of a usual last-level cache. */
  private static final int PACKED_FLOATS = 2 << 20;

  /** Rows of A that a thread packs at a time. */
  private static final int PACKED_ROWS = MicroKernel.ROWS * 16;

  /** Rows of C that a thread computes at a time. */
  private static final int COMPUTED_ROWS = MicroKernel.ROWS * 8;

  /** Most floats of packed columns of B, or one panel: a quarter of a usual second-level cache. */
  private static final int PACKED_COLUMNS_FLOATS = 1 << 16;

  /** Enough for a thread that is late to leave columns to the others. */
  private static final int COLUMN_BLOCKS_PER_THREAD = 2;

  private static final int TILE_FLOATS = MicroKernel.ROWS * MicroKernel.COLUMNS;

  private final CpuContext context;

  // The tasks read the fields below, since what a lambda would capture is an object per block.
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

  // Its block: ranges of rows and depths, and the packed factors.
  private int blockRow;
  private int blockRows;
  private int from;
  private int depth;
  private int panelDepth;
  private float[] packedA;
  private float[] packedU;

  // What is to be done in the block: rows of A to pack, and columns of B to pack and multiply.
  private final Pieces rowPieces = new Pieces();
  private final Pieces columnBlocks = new Pieces();
  private int blockColumns;

  /** The columns that each worker has in its cache. */
  private final ColumnBlock[] columnsOf;

  Gemm(CpuContext context) {
    this.context = context;
    columnsOf = new ColumnBlock[context.threads()];
    Arrays.setAll(columnsOf, worker -> new ColumnBlock());
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
    int k = a.depth();
    int depths = Math.ceilDiv(k, Math.max(1, Math.ceilDiv(k, DEPTH_BLOCK)));
    int rows = blockRows(m, depths + (z == null ? 0 : z.depth()));
    for (int row = 0; row < m; row += rows) {
      blockRow = row;
      blockRows = Math.min(rows, m - row);
      from = 0;
      do {
        depth = Math.min(depths, k - from);
        panelDepth = depth + (isGrowing() ? z.depth() : 0);
        multiplyBlock();
        from += depths;
      } while (from < k);
    }
  }

  private static int blockRows(int rows, int depth) {
    int most =
        Math.max(PACKED_ROWS, PACKED_FLOATS / Math.max(1, depth) / PACKED_ROWS * PACKED_ROWS);
    int blocks = Math.max(1, Math.ceilDiv(rows, most));
    return padded(Math.ceilDiv(rows, blocks), PACKED_ROWS);
  }

  /** Whether z and V are part of the block: in its last depths, where z is complete. */
  private boolean isGrowing() {
    return z != null && from + depth == a.depth();
  }

  private void multiplyBlock() {
    boolean alone = (double) blockRows * b.lanes() * depth < 100_000;
    int threads = alone ? 1 : context.threads();
    packedA =
        context.shared().floats(SHARED_A, (long) padded(blockRows, MicroKernel.ROWS) * panelDepth);
    if (z != null) {
      packedU =
          context.shared().floats(SHARED_U, (long) padded(u.lanes(), MicroKernel.LANES) * depth);
      context.run(Math.ceilDiv(u.lanes(), MicroKernel.COLUMNS), packingU);
    }
    context.run(Math.min(threads, cut(threads)), computing);
  }

  /** Cuts the block for so many threads; the number of pieces of C. */
  private int cut(int threads) {
    int panels = Math.ceilDiv(b.lanes(), MicroKernel.COLUMNS);
    int most = Math.max(1, PACKED_COLUMNS_FLOATS / (Math.max(1, panelDepth) * MicroKernel.COLUMNS));
    int together = Math.clamp(panels / (COLUMN_BLOCKS_PER_THREAD * threads), 1, most);
    blockColumns = together * MicroKernel.COLUMNS;
    int blocks = Math.ceilDiv(panels, together);
    columnBlocks.offer(blocks);
    rowPieces.offer(Math.ceilDiv(blockRows, PACKED_ROWS));
    for (ColumnBlock block : columnsOf) {
      block.close();
    }
    return blocks * Math.ceilDiv(blockRows, COMPUTED_ROWS);
  }

  private void packU(int task, int worker) {
    int column = task * MicroKernel.COLUMNS;
    int columns = Math.min(MicroKernel.COLUMNS, u.lanes() - column);
    int at = column * depth;
    ColumnBlock.pack(u, column, columns, from, depth, depth, packedU, at, context.scratch(worker));
  }

  /** One thread's share of the block: whatever it gets hold of. */
  private void compute(int share, int worker) {
    Scratch scratch = context.scratch(worker);
    for (int piece = rowPieces.take(); piece >= 0; piece = rowPieces.take()) {
      try {
        packRows(piece * PACKED_ROWS, scratch);
      } finally {
        rowPieces.finish();
      }
    }
    ColumnBlock own = columnsOf[worker];
    for (int block = columnBlocks.take(); block >= 0; block = columnBlocks.take()) {
      try {
        packColumns(block * blockColumns, own, scratch);
      } finally {
        columnBlocks.finish();
      }
      rowPieces.await();
      computeRows(own, scratch);
    }
    rowPieces.await();
    columnBlocks.await();
    for (ColumnBlock columns : columnsOf) {
      computeRows(columns, scratch);
    }
  }

  private void packRows(int row, Scratch scratch) {
    int rows = Math.min(PACKED_ROWS, blockRows - row);
    int stride = MicroKernel.ROWS * panelDepth;
    int at = row * panelDepth;
    Packing.panels(
        a, blockRow + row, rows, MicroKernel.ROWS, from, depth, packedA, at, stride, scratch);
    if (z != null) {
      growRows(row, rows, scratch);
    }
  }

  /**
   * Adds this block's depths of rows of A that have just been packed to z, and puts z below their
   * panels once it is complete.
   */
  private void growRows(int start, int rows, Scratch scratch) {
    int rank = z.depth();
    float kept = from == 0 ? 0 : 1;
    tiles(start, rows, rank, packedU, depth, zScale, kept, z.memory(), 0, rank, scratch);
    if (isGrowing()) {
      int at = start * panelDepth + MicroKernel.ROWS * depth;
      int stride = MicroKernel.ROWS * panelDepth;
      int row = blockRow + start;
      Packing.panels(z, row, rows, MicroKernel.ROWS, 0, rank, packedA, at, stride, scratch);
    }
  }

  private void packColumns(int column, ColumnBlock block, Scratch scratch) {
    int columns = Math.min(blockColumns, b.lanes() - column);
    float[] packed = scratch.floats(COLUMNS_SLOT, (long) blockColumns * panelDepth);
    ColumnBlock.pack(b, column, columns, from, depth, panelDepth, packed, 0, scratch);
    if (isGrowing()) {
      ColumnBlock.packBelow(v, vScale, column, columns, depth, panelDepth, packed, scratch);
    }
    block.open(packed, column, columns, Math.ceilDiv(blockRows, COMPUTED_ROWS));
  }

  /** Computes columns for all rows that no thread has taken. */
  private void computeRows(ColumnBlock block, Scratch scratch) {
    float kept = from == 0 ? beta : 1;
    for (int piece = block.take(); piece >= 0; piece = block.take()) {
      int row = piece * COMPUTED_ROWS;
      int rows = Math.min(COMPUTED_ROWS, blockRows - row);
      int columns = block.columns();
      float[] packed = block.packed();
      int stride = b.lanes();
      tiles(
          row, rows, columns, packed, panelDepth, alpha, kept, c, block.column(), stride, scratch);
    }
  }

  /** target = scale·A·B + kept·target of panels of A and B, for their first {@code depths}. */
  private void tiles(
      int start,
      int rows,
      int columns,
      float[] packedB,
      int depths,
      float scale,
      float kept,
      MemorySegment target,
      int firstColumn,
      int stride,
      Scratch scratch) {
    float[] tile = scratch.floats(TILE_SLOT, TILE_FLOATS);
    // A's panel stays in the first-level cache while B's panels stream past it.
    for (int row = start; row < start + rows; row += MicroKernel.ROWS) {
      int tileRows = Math.min(MicroKernel.ROWS, start + rows - row);
      for (int column = 0; column < columns; column += MicroKernel.COLUMNS) {
        int tileColumns = Math.min(MicroKernel.COLUMNS, columns - column);
        int width = MicroKernel.tileWidth(tileColumns);
        MicroKernel.panels(
            packedA, row * panelDepth, packedB, column * depths, width, depths, tile);
        long at = (long) (blockRow + row) * stride + firstColumn + column;
        TileStore.store(tile, width, tileRows, tileColumns, scale, kept, target, at, stride);
      }
    }
  }

  private static int padded(int lanes, int unit) {
    return Math.ceilDiv(lanes, unit) * unit;
  }
}
