package dev.sifter.kernels.gpu;

import java.lang.foreign.MemorySegment;

/**
 * A queue of work, done in order.
 *
 * <p>The methods here check what can be checked on the host; what an implementation provides is
 * protected and gets only what is right.
 */
public abstract class GpuStream implements AutoCloseable {

  /** For implementations. */
  protected GpuStream() {}

  /**
   * Copies from the host. When the call returns, {@code source} may be changed, unless it is pinned
   * memory: that must stay as it is until the copy is done.
   *
   * @throws IllegalArgumentException if the sizes differ
   */
  public final void copyToDevice(MemorySegment source, DeviceSlice target) {
    requireSameSize(source.byteSize(), target.byteSize());
    target.requireOpen();
    if (target.byteSize() > 0) {
      enqueueCopyToDevice(source, target);
    }
  }

  /**
   * Copies to the host. {@code target} holds the bytes once the stream was {@linkplain
   * #synchronize() synchronised}.
   *
   * @throws IllegalArgumentException if the sizes differ or {@code target} is read-only
   */
  public final void copyToHost(DeviceSlice source, MemorySegment target) {
    requireSameSize(source.byteSize(), target.byteSize());
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("the target of a copy is read-only");
    }
    source.requireOpen();
    if (source.byteSize() > 0) {
      enqueueCopyToHost(source, target);
    }
  }

  /**
   * Copies within device memory.
   *
   * @throws IllegalArgumentException if the sizes differ or both overlap
   */
  public final void copy(DeviceSlice source, DeviceSlice target) {
    requireSameSize(source.byteSize(), target.byteSize());
    if (source.overlaps(target)) {
      throw new IllegalArgumentException(
          "a copy from %s to %s overlaps itself".formatted(source, target));
    }
    source.requireOpen();
    target.requireOpen();
    if (source.byteSize() > 0) {
      enqueueCopy(source, target);
    }
  }

  /** Sets all bytes to 0. */
  public final void clear(DeviceSlice target) {
    target.requireOpen();
    if (target.byteSize() > 0) {
      enqueueClear(target);
    }
  }

  /**
   * Sets all 32-bit words.
   *
   * @throws IllegalArgumentException if address or size are no multiple of 4
   */
  public final void fill(DeviceSlice target, int word) {
    if (target.address() % Integer.BYTES != 0 || target.byteSize() % Integer.BYTES != 0) {
      throw new IllegalArgumentException("%s is not made of 32-bit words".formatted(target));
    }
    target.requireOpen();
    if (target.byteSize() > 0) {
      enqueueFill(target, word);
    }
  }

  /**
   * Says that the contents of {@code target} mean nothing any more. A device does nothing; the
   * emulator reports whoever reads them before they are written again.
   */
  public final void discard(DeviceSlice target) {
    target.requireOpen();
    enqueueDiscard(target);
  }

  /**
   * Runs a kernel.
   *
   * @param arguments as many as the kernel has parameters, of their types: {@code Integer}, {@code
   *     Long}, {@code Float}, {@link DeviceSlice} or {@link DeviceBuffer}
   * @throws IllegalArgumentException naming the parameter whose argument is wrong
   */
  public final void launch(GpuKernel kernel, Grid grid, Object... arguments) {
    enqueueLaunch(kernel, grid, KernelArguments.of(kernel.source(), arguments));
  }

  /**
   * Notes what {@code work} puts into this stream instead of doing it. Memory must be taken before;
   * {@code work} may neither synchronise nor copy from or to memory that is not pinned.
   */
  public abstract GpuGraph capture(Runnable work);

  /** Does the captured work. */
  public abstract void replay(GpuGraph graph);

  /** Sets a mark. */
  public abstract void record(GpuEvent event);

  /** Lets the work put in from now on wait for a mark in another stream. */
  public abstract void waitFor(GpuEvent event);

  /**
   * Waits until all work is done.
   *
   * @throws GpuException of the first work that failed
   */
  public abstract void synchronize();

  /** The driver's handle, for libraries that put work into the stream; 0 where there is none. */
  public abstract long handle();

  @Override
  public abstract void close();

  /** A copy of at least one byte. */
  protected abstract void enqueueCopyToDevice(MemorySegment source, DeviceSlice target);

  /** A copy of at least one byte. */
  protected abstract void enqueueCopyToHost(DeviceSlice source, MemorySegment target);

  /** A copy of at least one byte. */
  protected abstract void enqueueCopy(DeviceSlice source, DeviceSlice target);

  /** Zeroes at least one byte. */
  protected abstract void enqueueClear(DeviceSlice target);

  /** Fills at least one word. */
  protected abstract void enqueueFill(DeviceSlice target, int word);

  /** Forgets contents. */
  protected abstract void enqueueDiscard(DeviceSlice target);

  /** A launch with matching arguments. */
  protected abstract void enqueueLaunch(GpuKernel kernel, Grid grid, KernelArguments arguments);

  private static void requireSameSize(long source, long target) {
    if (source != target) {
      throw new IllegalArgumentException(
          "a copy of %d bytes into %d bytes".formatted(source, target));
    }
  }
}
