package dev.sifter.kernels.ptx;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Tiles of bfloat16 in shared memory, and products of them on tensor cores. */
abstract class Tiles extends Functions {
  /** Rows of a fragment of sums. */
  public static final int FRAGMENT_ROWS = 16;

  /** Columns of a fragment of sums. */
  public static final int FRAGMENT_COLUMNS = 8;

  /** Terms of one product. */
  public static final int FRAGMENT_TERMS = 16;

  private final int threads;

  Tiles(int sharedLimit, int threads) {
    super(sharedLimit, threads);
    this.threads = threads;
  }

  /** Shared memory for a tile. */
  public final SharedTile tile(int rows, int columns) {
    require(columns % 16 == 0, "a tile of %d columns; they must be a multiple of 16", columns);
    return new SharedTile(shared(rows * SharedTile.rowBytes(columns)), rows, columns);
  }

  /** The tile's rows from some row on. */
  public final SharedTile from(SharedTile tile, B32 row) {
    SharedPointer start = at(tile.start(), row, tile.rowBytes());
    return new SharedTile(start, tile.rows(), tile.columns());
  }

  /** The tile's columns from some chunk of eight on. */
  public final SharedTile fromChunk(SharedTile tile, B32 chunk) {
    SharedPointer start = at(tile.start(), chunk, Alignments.MAX);
    return new SharedTile(start, tile.rows(), tile.columns());
  }

  /** Reads A from a tile whose rows are A's rows. */
  public final TileReader readA(SharedTile tile) {
    return new TileReader(this, tile, rowsThenColumns(tile), false);
  }

  /** Reads A from a tile whose rows are A's columns, its terms. */
  public final TileReader readTransposedA(SharedTile tile) {
    return new TileReader(this, tile, columnsThenRows(tile), true);
  }

  /** Reads B from a tile whose rows are B's columns. */
  public final TileReader readB(SharedTile tile) {
    return new TileReader(this, tile, columnsThenRows(tile), false);
  }

  /** Reads B from a tile whose rows are B's rows, its terms. */
  public final TileReader readTransposedB(SharedTile tile) {
    return new TileReader(this, tile, rowsThenColumns(tile), true);
  }

  /** Lanes 0 to 15 point to 16 rows, lanes 16 to 31 to the chunks right of them. */
  private SharedPointer rowsThenColumns(SharedTile tile) {
    B32 row = and(laneIndex(), 15);
    B32 chunk = shr(laneIndex(), 4);
    return at(at(tile.start(), row, tile.rowBytes()), chunk, Alignments.MAX);
  }

  /** Lanes 0 to 15 point to 8 rows and the chunks right of them, lanes 16 to 31 to the next 8. */
  private SharedPointer columnsThenRows(SharedTile tile) {
    B32 row = add(and(laneIndex(), 7), shl(shr(laneIndex(), 4), 3));
    B32 chunk = and(shr(laneIndex(), 3), 1);
    return at(at(tile.start(), row, tile.rowBytes()), chunk, Alignments.MAX);
  }

  /** Four variables for the sums of a fragment: rows g and g + 8, columns 2t and 2t + 1 of each. */
  public final List<F32> fragment() {
    return Stream.generate(() -> variable(0f)).limit(4).toList();
  }

  /** Variables for so many fragments. */
  public final List<List<F32>> fragments(int count) {
    return IntStream.range(0, count).mapToObj(i -> fragment()).toList();
  }

  /** Row of a fragment that registers 0 and 1 belong to; 2 and 3 are eight rows below. */
  public final B32 fragmentRow() {
    return shr(laneIndex(), 2);
  }

  /** Column of a fragment that registers 0 and 2 belong to; 1 and 3 are the next. */
  public final B32 fragmentColumn() {
    return shl(fragmentPair(), 1);
  }

  /** The same in pairs of columns. */
  public final B32 fragmentPair() {
    return and(laneIndex(), 3);
  }

  /** Sums of 16 rows and 16 columns, rounded to bfloat16: the A operand of another product. */
  public final List<B32> asA(List<F32> left, List<F32> right) {
    return List.of(
        packBfloat16(left.get(0), left.get(1)),
        packBfloat16(left.get(2), left.get(3)),
        packBfloat16(right.get(0), right.get(1)),
        packBfloat16(right.get(2), right.get(3)));
  }

  /**
   * Begins to copy rows of a matrix into a tile; what lies beyond the matrix's ends becomes 0. All
   * threads of the block share the work.
   *
   * @param stage bytes from the tile to the one that is filled
   * @param matrix bfloat16, its rows aligned to 16 bytes
   * @param stride elements from one row to the next, a multiple of 8
   * @param row0 the first row that is copied
   * @param rowEnd rows of the matrix
   * @param column0 the first column that is copied, a multiple of 8
   * @param columnEnd columns of the matrix, a multiple of 8
   */
  public final void copyAsync(
      SharedTile tile,
      B32 stage,
      ElementPointer matrix,
      B32 stride,
      B32 row0,
      B32 rowEnd,
      B32 column0,
      B32 columnEnd) {
    int chunks = tile.columns() / SharedTile.CHUNK;
    int total = tile.rows() * chunks;
    for (int first = 0; first < total; first += threads) {
      B32 index = add(threadIndex(), first);
      B32 row = div(index, chunks);
      B32 chunk = rem(index, chunks);
      Runnable copy =
          () ->
              copyChunk(tile, stage, matrix, stride, row0, rowEnd, column0, columnEnd, row, chunk);
      if (first + threads <= total) {
        copy.run();
      } else {
        ifThen(lt(index, total), copy);
      }
    }
  }

  private void copyChunk(
      SharedTile tile,
      B32 stage,
      ElementPointer matrix,
      B32 stride,
      B32 row0,
      B32 rowEnd,
      B32 column0,
      B32 columnEnd,
      B32 row,
      B32 chunk) {
    SharedPointer to = at(at(tile.start(), row, tile.rowBytes()), chunk, Alignments.MAX);
    B32 sourceRow = add(row0, row);
    B32 column = mad(chunk, SharedTile.CHUNK, column0);
    Pred inside = and(lt(sourceRow, rowEnd), lt(column, columnEnd));
    // Nothing is read where nothing is copied, but the address must be one of the matrix.
    B32 safeRow = select(inside, sourceRow, constant(0));
    B32 safeChunk = select(inside, shr(column, 3), constant(0));
    ElementPointer from =
        at(atRow(matrix, safeRow, stride, SharedTile.CHUNK), safeChunk, SharedTile.CHUNK);
    copyAsync(offset(to, stage, Alignments.MAX), from.pointer(), select(inside, Alignments.MAX, 0));
  }
}
