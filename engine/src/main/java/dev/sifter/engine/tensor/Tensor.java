package dev.sifter.engine.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A row-major array: a shape and an element type over a range of a {@link Storage}.
 *
 * <p>A tensor does not own its bytes; the arena that allocated it does, and closing the arena ends
 * them. Views ({@link #reshape}, {@link #rows(long, long)}, {@link #columns}) share bytes with
 * their origin.
 *
 * <p>Nearly every tensor is dense. The rows of a <em>bordered</em> one are further apart than they
 * are wide: to the right of each lie columns that kernels of its backend can reach as {@link
 * #columns}. Only backends that have {@link dev.sifter.engine.backend.Backend#borders} take such
 * tensors, and of their kernels those that say so.
 */
public final class Tensor {
  private final DType dtype;
  private final Shape shape;
  private final Storage storage;
  private final long byteOffset;
  private final long rowStride;

  /** Columns from the first on, up to the end of the border. */
  private final long reach;

  /** Made at the first use, since every kernel asks for it; the same whichever thread makes it. */
  private MemorySegment hostBytes;

  /**
   * A tensor over {@code storage}, beginning at {@code byteOffset}.
   *
   * @throws IllegalArgumentException if the storage is too small for the shape
   */
  public Tensor(DType dtype, Shape shape, Storage storage, long byteOffset) {
    this(dtype, shape, shape.width(), shape.width(), storage, byteOffset);
  }

  /**
   * A tensor whose rows have a border of so many columns on their right.
   *
   * @throws IllegalArgumentException if the storage is too small for the shape and the border
   */
  public static Tensor bordered(
      DType dtype, Shape shape, long border, Storage storage, long byteOffset) {
    long stride = shape.width() + border;
    return new Tensor(dtype, shape, stride, stride, storage, byteOffset);
  }

  private Tensor(
      DType dtype, Shape shape, long rowStride, long reach, Storage storage, long byteOffset) {
    long elements =
        rowStride == shape.width() || shape.elements() == 0
            ? shape.elements()
            : (shape.rows() - 1) * rowStride + shape.width();
    long bytes = Math.multiplyExact(elements, (long) dtype.bytes());
    if (byteOffset < 0 || bytes > storage.byteSize() - byteOffset) {
      throw new IllegalArgumentException(
          "tensor %s %s needs bytes %d to %d of a storage of %d"
              .formatted(dtype, shape, byteOffset, byteOffset + bytes, storage.byteSize()));
    }
    this.dtype = dtype;
    this.shape = shape;
    this.storage = storage;
    this.byteOffset = byteOffset;
    this.rowStride = rowStride;
    this.reach = reach;
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

  /** Elements from the beginning of a row to that of the next, which must fit an int. */
  public int rowStride() {
    return Math.toIntExact(rowStride);
  }

  /** Whether rows follow each other without a border. */
  public boolean isDense() {
    return rowStride == shape.width();
  }

  /** Columns to the right of this tensor's own that {@link #columns} reaches. */
  public int border() {
    return Math.toIntExact(reach - shape.width());
  }

  /** Size in bytes of all from the first element to the last, whatever lies between rows. */
  public long spanBytes() {
    return isDense() || shape.elements() == 0
        ? byteSize()
        : ((shape.rows() - 1) * rowStride + shape.width()) * dtype.bytes();
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
    if (isDense() && storage instanceof Storage.Host(MemorySegment segment)) {
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
    if (isDense()) {
      storage.read(byteOffset + from, target);
      return;
    }
    long rowBytes = shape.width() * dtype.bytes();
    long done = 0;
    while (done < target.byteSize()) {
      long row = (from + done) / rowBytes;
      long inRow = (from + done) % rowBytes;
      long piece = Math.min(rowBytes - inRow, target.byteSize() - done);
      storage.read(
          byteOffset + row * rowStride * dtype.bytes() + inRow, target.asSlice(done, piece));
      done += piece;
    }
  }

  /**
   * The same elements in another shape.
   *
   * @throws IllegalArgumentException if the number of elements differs, or the width of a bordered
   *     tensor would
   */
  public Tensor reshape(long... dims) {
    Shape target = Shape.of(dims);
    if (target.elements() != shape.elements()) {
      throw new IllegalArgumentException("cannot view " + shape + " as " + target);
    }
    if (!isDense() && target.width() != shape.width()) {
      throw new IllegalArgumentException("cannot view rows of " + this + " as " + target);
    }
    return isDense()
        ? new Tensor(dtype, target, storage, byteOffset)
        : new Tensor(dtype, target, rowStride, reach, storage, byteOffset);
  }

  /** Rows {@code from} (inclusive) to {@code to} (exclusive), as a view [to − from, width]. */
  public Tensor rows(long from, long to) {
    if (from < 0 || to < from || to > shape.rows()) {
      throw new IllegalArgumentException(
          "rows %d to %d of a tensor with %d rows".formatted(from, to, shape.rows()));
    }
    return new Tensor(
        dtype,
        Shape.of(to - from, shape.width()),
        rowStride,
        reach,
        storage,
        byteOffset + from * rowStride * dtype.bytes());
  }

  /**
   * Columns {@code from} (inclusive) to {@code to} (exclusive) of a matrix, as a view; the border's
   * columns follow the matrix's own.
   */
  public Tensor columns(long from, long to) {
    if (from < 0 || to < from || to > reach) {
      throw new IllegalArgumentException("columns %d to %d of tensor %s".formatted(from, to, this));
    }
    return new Tensor(
        dtype,
        Shape.of(shape.rows(), to - from),
        rowStride,
        reach - from,
        storage,
        byteOffset + from * dtype.bytes());
  }

  @Override
  public String toString() {
    return dtype + " " + shape + (isDense() ? "" : " in rows of " + rowStride);
  }
}
