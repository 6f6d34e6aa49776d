package dev.sifter.kernels.ptx;

/**
 * A matrix of 16-bit elements in shared memory.
 *
 * <p>Rows begin an odd number of 16-byte chunks after each other: an even number of elements'
 * chunks and one of padding. So eight chunks below each other, which is what {@code ldmatrix} takes
 * at once, lie in all 32 banks, and every place of the tile is a constant away from every other.
 *
 * @param start its first element
 * @param rows number of rows
 * @param columns number of columns, a multiple of 16
 */
public record SharedTile(SharedPointer start, int rows, int columns) implements Tile {
  private static final int ELEMENT_BYTES = 2;

  @Override
  public int rowBytes() {
    return rowBytes(columns);
  }

  static int rowBytes(int columns) {
    return columns * ELEMENT_BYTES + Alignments.MAX;
  }

  @Override
  public int bytes() {
    return rows * rowBytes();
  }

  /** Bytes from the first element to some other. */
  public long offset(int row, int column) {
    return (long) row * rowBytes() + (long) column * ELEMENT_BYTES;
  }
}
