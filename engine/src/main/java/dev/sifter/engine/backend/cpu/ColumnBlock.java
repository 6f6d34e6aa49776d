package dev.sifter.engine.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A few columns of B in panels, which one thread has packed into its cache, and the pieces of A's
 * rows that they have not met yet, which any thread may take.
 */
final class ColumnBlock {
  private final AtomicInteger piecesLeft = new AtomicInteger();

  // Written by the packing thread before it opens the block, read by who has taken a piece.
  private float[] packed;
  private int column;
  private int columns;

  /** Offers packed columns to as many pieces of rows. */
  void open(float[] packed, int column, int columns, int pieces) {
    this.packed = packed;
    this.column = column;
    this.columns = columns;
    piecesLeft.set(pieces);
  }

  /** Offers nothing, whatever a product that failed may have left. */
  void close() {
    piecesLeft.set(0);
  }

  /** A piece of rows for the calling thread to compute; negative if there is none. */
  int take() {
    return piecesLeft.get() <= 0 ? -1 : piecesLeft.decrementAndGet();
  }

  /** The panels, one after the other. */
  float[] packed() {
    return packed;
  }

  /** First column. */
  int column() {
    return column;
  }

  /** Number of columns. */
  int columns() {
    return columns;
  }

  /** Packs columns of a factor: panels as wide as a tile, and a narrower one for the rest. */
  static void pack(
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
    if (whole > 0) {
      Packing.panels(factor, first, whole, width, from, depth, packed, at, stride, scratch);
    }
    if (whole < columns) {
      int rest = columns - whole;
      int narrow = MicroKernel.tileWidth(rest);
      int to = at + whole * panelDepth;
      Packing.panels(factor, first + whole, rest, narrow, from, depth, packed, to, 0, scratch);
    }
  }

  /** Puts all depths of a factor, times a number, below the {@code depth} depths of panels. */
  static void packBelow(
      Operand factor,
      float times,
      int first,
      int columns,
      int depth,
      int panelDepth,
      float[] packed,
      Scratch scratch) {
    int added = factor.depth();
    for (int i = 0; i < columns; i += MicroKernel.COLUMNS) {
      int width = MicroKernel.tileWidth(columns - i);
      int at = i * panelDepth + width * depth;
      int lanes = Math.min(width, columns - i);
      Packing.panels(factor, first + i, lanes, width, 0, added, packed, at, 0, scratch);
      for (int j = at; j < at + width * added; j++) {
        packed[j] *= times;
      }
    }
  }
}
