package dev.sifter.kernels.gpu.blas;

import dev.sifter.kernels.gpu.DeviceSlice;

/**
 * A matrix in device memory, row by row.
 *
 * @param slice where its first element lies, and at least up to its last
 * @param type of its elements
 * @param rows its rows
 * @param columns its columns
 * @param rowStride elements from a row's beginning to the next one's; at least {@code columns}
 */
public record Matrix(DeviceSlice slice, MatrixType type, int rows, int columns, int rowStride) {

  /** Refuses a matrix that does not lie in its slice. */
  public Matrix {
    if (rows < 1 || columns < 1 || rowStride < columns) {
      throw new IllegalArgumentException(
          "a matrix of %d×%d with rows %d elements apart".formatted(rows, columns, rowStride));
    }
    long elements = (long) (rows - 1) * rowStride + columns;
    slice.require(
        () -> "a matrix of %d×%d".formatted(rows, columns), elements * type.bytes(), type.bytes());
  }

  /** A matrix whose rows follow each other. */
  public static Matrix dense(DeviceSlice slice, MatrixType type, int rows, int columns) {
    return new Matrix(slice, type, rows, columns, columns);
  }

  /**
   * Whether both have an element in common. Of two column ranges of one wider matrix, neither has
   * elements of the other, though their slices overlap.
   */
  public boolean overlaps(Matrix other) {
    if (!slice.overlaps(other.slice)) {
      return false;
    }
    long rowBytes = (long) rowStride * type.bytes();
    if (rowBytes != (long) other.rowStride * other.type.bytes()) {
      return true;
    }
    // Other's first column, counted from this one's; it may lie in an earlier or later row.
    long apart = Math.floorMod(other.slice.byteOffset() - slice.byteOffset(), rowBytes);
    boolean ends = (long) columns * type.bytes() <= apart;
    boolean endsToo = apart + (long) other.columns * other.type.bytes() <= rowBytes;
    return !(ends && endsToo);
  }
}
