package dev.sifter.engine.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A dense, row-major array: a shape and an element type over a range of a {@link Storage}.
 *
 * <p>A tensor does not own its bytes; the arena that allocated it does, and closing the arena ends
 * them. Views ({@link #reshape}, {@link #rows(long, long)}) share bytes with their origin.
 */
public final class Tensor {
  private final DType dtype;
  private final Shape shape;
  private final Storage storage;
  private final long byteOffset;

  /** Made at the first use, since every kernel asks for it; the same whichever thread makes it. */
  private MemorySegment hostBytes;

  /**
   * A tensor over {@code storage}, beginning at {@code byteOffset}.
   *
   * @throws IllegalArgumentException if the storage is too small for the shape
   */
  public Tensor(DType dtype, Shape shape, Storage storage, long byteOffset) {
    long bytes = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
    if (byteOffset < 0 || bytes > storage.byteSize() - byteOffset) {
      throw new IllegalArgumentException(
          "tensor %s %s needs bytes %d to %d of a storage of %d"
              .formatted(dtype, shape, byteOffset, byteOffset + bytes, storage.byteSize()));
    }
    this.dtype = dtype;
    this.shape = shape;
    this.storage = storage;
    this.byteOffset = byteOffset;
  }

  /** Element type. */
  public DType dtype() {
    return dtype;
  }

  /** Extents, outermost first. */
  public Shape shape() {
    return shape;
  }

  /** The bytes that this tensor is a range of. */
  public Storage storage() {
    return storage;
  }

  /** Where in {@link #storage()} the first element lies. */
  public long byteOffset() {
    return byteOffset;
  }

  /** Number of elements. */
  public long elements() {
    return shape.elements();
  }

  /** Size in bytes. */
  public long byteSize() {
    return shape.elements() * dtype.bytes();
  }

  /** Product of all extents but the last, which must fit an int. */
  public int rows() {
    return Math.toIntExact(shape.rows());
  }

  /** Extent of the last axis, which must fit an int. */
  public int width() {
    return Math.toIntExact(shape.width());
  }

  /**
   * The elements as host memory, exactly {@link #byteSize()} bytes.
   *
   * @throws IllegalStateException if the tensor lies on a device or exists only in a dry run
   */
  public MemorySegment segment() {
    MemorySegment bytes = hostBytes;
    if (bytes != null) {
      return bytes;
    }
    if (storage instanceof Storage.Host(MemorySegment segment)) {
      hostBytes = segment.asSlice(byteOffset, byteSize());
      return hostBytes;
    }
    throw new IllegalStateException(
        "tensor %s %s has no host memory; read it through its backend".formatted(dtype, shape));
  }

  /**
   * Copies some of the tensor's bytes to host memory, wherever they lie.
   *
   * @param from the first of them
   * @param target as many as are wanted
   * @throws IllegalArgumentException if the tensor has fewer
   */
  public void read(long from, MemorySegment target) {
    if (from < 0 || target.byteSize() > byteSize() - from) {
      throw new IllegalArgumentException(
          "bytes %d to %d of tensor %s, which has %d"
              .formatted(from, from + target.byteSize(), this, byteSize()));
    }
    storage.read(byteOffset + from, target);
  }

  /**
   * The same elements in another shape.
   *
   * @throws IllegalArgumentException if the number of elements differs
   */
  public Tensor reshape(long... dims) {
    Shape target = Shape.of(dims);
    if (target.elements() != shape.elements()) {
      throw new IllegalArgumentException("cannot view " + shape + " as " + target);
    }
    return new Tensor(dtype, target, storage, byteOffset);
  }

  /** Rows {@code from} (inclusive) to {@code to} (exclusive), as a view [to − from, width]. */
  public Tensor rows(long from, long to) {
    if (from < 0 || to < from || to > shape.rows()) {
      throw new IllegalArgumentException(
          "rows %d to %d of a tensor with %d rows".formatted(from, to, shape.rows()));
    }
    long rowBytes = shape.width() * dtype.bytes();
    return new Tensor(
        dtype, Shape.of(to - from, shape.width()), storage, byteOffset + from * rowBytes);
  }

  @Override
  public String toString() {
    return dtype + " " + shape;
  }
}
