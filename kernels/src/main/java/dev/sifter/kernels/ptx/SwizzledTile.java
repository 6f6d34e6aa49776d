package dev.sifter.kernels.ptx;

/**
 * A matrix of 16-bit elements in shared memory as {@code wgmma} reads it: in panels of 64 columns,
 * one below the other. A row of a panel is 128 bytes, all banks; its chunk c lies at place c xor (r
 * mod 8) of row r, so that eight chunks below each other lie in all banks, too.
 *
 * @param start its first element, at a multiple of 1024 bytes or whole rows behind one
 * @param rows number of rows, a multiple of 8
 * @param columns number of columns, a multiple of 64
 */
public record SwizzledTile(SharedPointer start, int rows, int columns) implements Tile {
  /** Columns of a panel. */
  static final int PANEL = 64;

  /** Rows after which the places of chunks repeat. */
  static final int PERIOD = 8;

  /** Bytes of a row of a panel. */
  static final int ROW_BYTES = 128;

  /** What a panel begins at a multiple of. */
  static final int ALIGNMENT = PERIOD * ROW_BYTES;

  @Override
  public int rowBytes() {
    return ROW_BYTES;
  }

  /** Bytes of a panel. */
  public int panelBytes() {
    return rows * ROW_BYTES;
  }

  @Override
  public int bytes() {
    return columns / PANEL * panelBytes();
  }
}
