package dev.sifter.kernels.ptx;

import java.util.ArrayList;
import java.util.List;

/**
 * Asynchronous copies of parts of a matrix into a tile, which the threads of a block share: each
 * copies the same chunks of 16 bytes of every part.
 */
public final class TileCopy {
  private static final int CHUNK = Tile.CHUNK;

  private final Tiles k;
  private final ElementPointer matrix;
  private final B32 stride;
  private final List<Chunk> chunks = new ArrayList<>();

  /** Bytes from one of a thread's chunks to the next, where all are in one column; else null. */
  private final B64 step;

  /**
   * One of a thread's chunks.
   *
   * @param exists whether the thread has it, null for surely
   * @param row of the tile
   * @param column of the tile, the first of eight
   * @param to where it goes
   * @param from where it comes from in the part that begins at row 0 and column 0; null where it is
   *     a {@link #step} after the one before
   */
  private record Chunk(Pred exists, B32 row, B32 column, SharedPointer to, B64 from) {}

  TileCopy(Tiles k, Tile tile, ElementPointer matrix, B32 stride, int threads) {
    this.k = k;
    this.matrix = matrix;
    this.stride = stride;
    int across = tile.columns() / CHUNK;
    int total = tile.rows() * across;
    boolean oneColumn = threads % across == 0;
    this.step = oneColumn ? bytes(k.mul(stride, threads / across)) : null;
    B32 firstRow = k.div(k.threadIndex(), across);
    B32 firstColumn = k.mul(k.rem(k.threadIndex(), across), CHUNK);
    SharedPointer first = k.chunk(tile, firstRow, k.div(firstColumn, CHUNK));
    for (int start = 0; start < total; start += threads) {
      B32 index = k.add(k.threadIndex(), start);
      Pred exists = start + threads <= total ? null : k.lt(index, total);
      if (oneColumn) {
        int rows = start / across;
        chunks.add(
            new Chunk(
                exists,
                k.add(firstRow, rows),
                firstColumn,
                first.plus((long) rows * tile.rowBytes()),
                start == 0 ? source(firstRow, firstColumn) : null));
      } else {
        B32 row = k.div(index, across);
        B32 column = k.mul(k.rem(index, across), CHUNK);
        SharedPointer to = k.chunk(tile, row, k.div(column, CHUNK));
        chunks.add(new Chunk(exists, row, column, to, source(row, column)));
      }
    }
  }

  private B64 source(B32 row, B32 column) {
    B64 ofRow = k.add(matrix.pointer().base(), ofRows(row));
    return k.madWide(column, matrix.type().bytes(), ofRow);
  }

  private B64 bytes(B32 elements) {
    return k.mulWide(elements, matrix.type().bytes());
  }

  /**
   * Begins to copy a part; what lies beyond the matrix's ends becomes 0.
   *
   * @param stage bytes from the tile to the one that is filled
   * @param row0 the part's first row, one of the matrix
   * @param rowEnd rows of the matrix
   * @param column0 the part's first column, one of the matrix and a multiple of 8
   * @param columnEnd columns of the matrix, a multiple of 8
   */
  public void begin(B32 stage, B32 row0, B32 rowEnd, B32 column0, B32 columnEnd) {
    B64 offset = k.madWide(column0, matrix.type().bytes(), ofRows(row0));
    begin(stage, offset, k.sub(rowEnd, row0), k.sub(columnEnd, column0));
  }

  /**
   * Begins to copy whole rows of a matrix that is as wide as the tile; zeros beyond its last row.
   *
   * @param row0 the part's first row, one of the matrix
   * @param rowEnd rows of the matrix
   */
  public void beginRows(B32 row0, B32 rowEnd) {
    begin(null, ofRows(row0), k.sub(rowEnd, row0), null);
  }

  /**
   * The same into another tile.
   *
   * @param stage bytes from the tile to the one that is filled
   */
  public void beginRows(B32 stage, B32 row0, B32 rowEnd) {
    begin(stage, ofRows(row0), k.sub(rowEnd, row0), null);
  }

  /**
   * The same from some column on, of a matrix that is wider.
   *
   * @param column0 the part's first column, a multiple of 8
   */
  public void beginRows(B32 stage, B32 row0, B32 rowEnd, B32 column0) {
    B64 offset = k.madWide(column0, matrix.type().bytes(), ofRows(row0));
    begin(stage, offset, k.sub(rowEnd, row0), null);
  }

  private B64 ofRows(B32 row0) {
    return k.shl(k.mulWide(row0, stride), 1);
  }

  private void begin(B32 stage, B64 offset, B32 rowsLeft, B32 columnsLeft) {
    Pred inColumns = null;
    B64 from = null;
    for (Chunk chunk : chunks) {
      from = chunk.from == null ? k.add(from, step) : k.add(chunk.from, offset);
      if (columnsLeft != null && (inColumns == null || step == null)) {
        inColumns = k.lt(chunk.column, columnsLeft);
      }
      Pred inRows = k.lt(chunk.row, rowsLeft);
      Pred inside = inColumns == null ? inRows : k.and(inColumns, inRows);
      B32 bytes = k.select(inside, Alignments.MAX, 0);
      SharedPointer to = stage == null ? chunk.to : k.offset(chunk.to, stage, Alignments.MAX);
      // Where nothing is inside, nothing is read, so the address need not be the matrix's.
      GlobalPointer source = new GlobalPointer(from, matrix.pointer().offset(), Alignments.MAX);
      if (chunk.exists == null) {
        k.copyAsync(to, source, bytes);
      } else {
        k.ifThen(chunk.exists, () -> k.copyAsync(to, source, bytes));
      }
    }
  }
}
