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

  private static final int SWIZZLE_128_BYTES = 1 << 30;

  private final int threads;

  Tiles(int sharedLimit, int threads) {
    super(sharedLimit, threads);
    this.threads = threads;
  }

  /** Shared memory for a tile. */
  public final SharedTile tile(int rows, int columns) {
    return tiles(rows, columns, 1);
  }

  /** The first of several tiles, one behind the other. */
  public final SharedTile tiles(int rows, int columns, int count) {
    require(columns % 16 == 0, "a tile of %d columns; they must be a multiple of 16", columns);
    int bytes = count * rows * SharedTile.rowBytes(columns);
    return new SharedTile(shared(bytes), rows, columns);
  }

  /** The first of several tiles that {@code wgmma} reads, one behind the other. */
  public final SwizzledTile swizzledTiles(int rows, int columns, int count) {
    require(
        rows % SwizzledTile.PERIOD == 0 && columns % SwizzledTile.PANEL == 0,
        "a swizzled tile of %d rows and %d columns; they must be multiples of 8 and 64",
        rows,
        columns);
    int bytes = rows * columns * 2;
    return new SwizzledTile(shared(count * bytes, SwizzledTile.ALIGNMENT), rows, columns);
  }

  /** The tile's rows from some row on. */
  public final SharedTile from(SharedTile tile, B32 row) {
    SharedPointer start = at(tile.start(), row, tile.rowBytes());
    return new SharedTile(start, tile.rows(), tile.columns());
  }

  /** The tile's rows from some row on, a multiple of 8. */
  public final SwizzledTile from(SwizzledTile tile, B32 row) {
    SharedPointer start = at(tile.start(), row, tile.rowBytes());
    return new SwizzledTile(start, tile.rows(), tile.columns());
  }

  /** The tile's columns from some chunk of eight on. */
  public final SharedTile fromChunk(SharedTile tile, B32 chunk) {
    SharedPointer start = at(tile.start(), chunk, Alignments.MAX);
    return new SharedTile(start, tile.rows(), tile.columns());
  }

  /** Where eight elements of a row lie. */
  public final SharedPointer chunk(Tile tile, B32 row, B32 chunk) {
    SharedPointer ofRow = at(tile.start(), row, tile.rowBytes());
    return switch (tile) {
      case SharedTile padded -> at(ofRow, chunk, Alignments.MAX);
      case SwizzledTile swizzled -> {
        B32 place = xor(and(chunk, SwizzledTile.PERIOD - 1), and(row, SwizzledTile.PERIOD - 1));
        SharedPointer inPanel = at(ofRow, place, Alignments.MAX);
        yield swizzled.columns() == SwizzledTile.PANEL
            ? inPanel
            : at(inPanel, shr(chunk, 3), swizzled.panelBytes());
      }
    };
  }

  /** The operand A or B of {@code wgmma} whose rows, or columns, are the tile's rows. */
  public final SharedMatrix rows(SwizzledTile tile) {
    // Within the swizzle the next terms are 32 bytes further on, and the distance of panels unused.
    return matrix(tile.start(), Alignments.MAX, 32, SwizzledTile.PANEL, tile.panelBytes());
  }

  /** The operand B of {@code wgmma} whose terms are the tile's rows. */
  public final SharedMatrix terms(SwizzledTile tile) {
    int step = FRAGMENT_TERMS * SwizzledTile.ROW_BYTES;
    return matrix(tile.start(), tile.panelBytes(), step, 0, 0);
  }

  /** The same operand a number of bytes further on: in another stage of a pipeline. */
  public final SharedMatrix plus(SharedMatrix matrix, B32 bytes) {
    B32 low = add(matrix.low(), shr(bytes, 4));
    return new SharedMatrix(
        low, matrix.high(), matrix.termStep(), matrix.panelTerms(), matrix.panelBytes());
  }

  /** Addresses and distances in descriptors are in units of 16 bytes. */
  private SharedMatrix matrix(
      SharedPointer start, int panelDistance, int termStep, int panelTerms, int panelBytes) {
    B32 address = add(start.base(), Math.toIntExact(start.offset()));
    B32 low = or(shr(address, 4), panelDistance / Alignments.MAX << 16);
    B32 high = constant(SWIZZLE_128_BYTES | SwizzledTile.ALIGNMENT / Alignments.MAX);
    return new SharedMatrix(low, high, termStep, panelTerms, panelBytes);
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

  /** Variables for operands. */
  public final List<List<B32>> variables(List<List<B32>> operands) {
    return operands.stream().map(o -> o.stream().map(this::variable).toList()).toList();
  }

  /** Gives variables other operands. */
  public final void assign(List<List<B32>> variables, List<List<B32>> operands) {
    for (int i = 0; i < variables.size(); i++) {
      for (int j = 0; j < variables.get(i).size(); j++) {
        assign(variables.get(i).get(j), operands.get(i).get(j));
      }
    }
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
   * Copies parts of a matrix into a tile, again and again. What does not change from one part to
   * the next is computed here, so this belongs before the loop.
   *
   * @param matrix bfloat16, its rows aligned to 16 bytes
   * @param stride elements from one row to the next, a multiple of 8
   */
  public final TileCopy copier(Tile tile, ElementPointer matrix, B32 stride) {
    return new TileCopy(this, tile, matrix, stride, threads);
  }
}
