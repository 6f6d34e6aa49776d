package dev.sifter.engine.tensor;

import java.util.Arrays;

/**
 * The extents of a row-major tensor. Kernels mostly see a tensor as {@link #rows()} rows of {@link
 * #width()} elements, whatever its rank.
 */
public final class Shape {
  private final long[] dims;
  private final long elements;

  private Shape(long[] dims) {
    long product = 1;
    for (long dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("negative extent in shape " + Arrays.toString(dims));
      }
      if (Math.multiplyHigh(product, dim) != 0 || product * dim < 0) {
        throw new IllegalArgumentException("too many elements in shape " + Arrays.toString(dims));
      }
      product *= dim;
    }
    this.dims = dims;
    this.elements = product;
  }

  /**
   * The shape with these extents, outermost first. No extents: a scalar.
   *
   * @throws IllegalArgumentException if an extent is negative, or the elements cannot be counted
   */
  public static Shape of(long... dims) {
    return new Shape(dims.clone());
  }

  /** Number of extents. */
  public int rank() {
    return dims.length;
  }

  /**
   * Extent {@code axis}; a negative axis counts from the end.
   *
   * @throws IllegalArgumentException if there is no such axis
   */
  public long dim(int axis) {
    int index = axis < 0 ? axis + dims.length : axis;
    if (index < 0 || index >= dims.length) {
      throw new IllegalArgumentException("no axis %d in shape %s".formatted(axis, this));
    }
    return dims[index];
  }

  /** A copy of the extents. */
  public long[] dims() {
    return dims.clone();
  }

  /** Product of all extents. */
  public long elements() {
    return elements;
  }

  /** Extent of the last axis; 1 for a scalar. */
  public long width() {
    return dims.length == 0 ? 1 : dims[dims.length - 1];
  }

  /** Product of all extents but the last. */
  public long rows() {
    long rows = 1;
    for (int axis = 0; axis < dims.length - 1; axis++) {
      rows *= dims[axis];
    }
    return rows;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
