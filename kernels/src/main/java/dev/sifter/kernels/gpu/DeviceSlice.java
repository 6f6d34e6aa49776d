package dev.sifter.kernels.gpu;

import java.util.function.Supplier;

/**
 * A range of a buffer's bytes.
 *
 * @param buffer the allocation
 * @param byteOffset of the first byte within it
 * @param byteSize number of bytes; may be 0
 */
public record DeviceSlice(DeviceBuffer buffer, long byteOffset, long byteSize) {

  /** Refuses a range that leaves the buffer. */
  public DeviceSlice {
    if (byteOffset < 0 || byteSize < 0 || byteOffset > buffer.byteSize() - byteSize) {
      throw new IllegalArgumentException(
          "%d bytes at offset %d leave a buffer of %d bytes"
              .formatted(byteSize, byteOffset, buffer.byteSize()));
    }
  }

  /** Device address of the first byte. */
  public long address() {
    return buffer.address() + byteOffset;
  }

  /**
   * A part of this slice.
   *
   * @throws IllegalArgumentException if the part is not within the slice
   */
  public DeviceSlice slice(long offset, long size) {
    if (offset < 0 || size < 0 || offset > byteSize - size) {
      throw new IllegalArgumentException(
          "%d bytes at offset %d leave a slice of %d bytes".formatted(size, offset, byteSize));
    }
    return new DeviceSlice(buffer, byteOffset + offset, size);
  }

  /**
   * Refuses a slice that a kernel could not use as {@code what}: too short, or not at a multiple of
   * {@code alignment} bytes. A vector access that is not aligned ends a kernel.
   *
   * @return this
   * @throws IllegalArgumentException with both numbers
   */
  public DeviceSlice require(String what, long bytes, int alignment) {
    return require(() -> what, bytes, alignment);
  }

  /** As {@link #require(String, long, int)}; the name is made only for the refusal. */
  public DeviceSlice require(Supplier<String> what, long bytes, int alignment) {
    if (byteSize < bytes) {
      throw new IllegalArgumentException(
          "%s needs %d bytes; the slice has %d".formatted(what.get(), bytes, byteSize));
    }
    if (address() % alignment != 0) {
      throw new IllegalArgumentException(
          "%s must lie at a multiple of %d bytes; its address ends in %d"
              .formatted(what.get(), alignment, address() % alignment));
    }
    return this;
  }

  /** Refuses the memory of a freed buffer. */
  DeviceSlice requireOpen() {
    if (buffer.isClosed()) {
      throw new IllegalStateException("%s was freed".formatted(buffer));
    }
    return this;
  }

  /** Whether both have a byte in common. */
  public boolean overlaps(DeviceSlice other) {
    return buffer == other.buffer
        && byteOffset < other.byteOffset + other.byteSize
        && other.byteOffset < byteOffset + byteSize;
  }

  @Override
  public String toString() {
    return "%x+%d[%d bytes]".formatted(buffer.address(), byteOffset, byteSize);
  }
}
