package dev.sifter.kernels.gpu;

/**
 * One allocation of device memory.
 *
 * <p>Implementations make it; what they need to free it is given to them by {@link #close()}.
 */
public final class DeviceBuffer implements AutoCloseable {
  private final long address;
  private final long byteSize;
  private final Runnable free;
  private boolean closed;

  /**
   * Describes an allocation.
   *
   * @param address of its first byte, in the device's address space
   * @param byteSize its size
   * @param free run once, when the buffer is closed
   */
  public DeviceBuffer(long address, long byteSize, Runnable free) {
    if (byteSize <= 0) {
      throw new IllegalArgumentException("a buffer of %d bytes".formatted(byteSize));
    }
    this.address = address;
    this.byteSize = byteSize;
    this.free = free;
  }

  /** Device address of the first byte. */
  public long address() {
    return address;
  }

  /** Its size. */
  public long byteSize() {
    return byteSize;
  }

  /** Whether it was freed. */
  public boolean isClosed() {
    return closed;
  }

  /** The whole of it. */
  public DeviceSlice all() {
    return new DeviceSlice(this, 0, byteSize);
  }

  /**
   * A part of it.
   *
   * @throws IllegalArgumentException if the part is not within the buffer
   */
  public DeviceSlice slice(long byteOffset, long byteSize) {
    return new DeviceSlice(this, byteOffset, byteSize);
  }

  /**
   * Frees the memory once the work that was enqueued before is done. A second call does nothing.
   */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      free.run();
    }
  }

  @Override
  public String toString() {
    return "buffer@%x[%d bytes%s]".formatted(address, byteSize, closed ? ", freed" : "");
  }
}
