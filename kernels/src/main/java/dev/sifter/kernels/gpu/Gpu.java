package dev.sifter.kernels.gpu;

import dev.sifter.kernels.ptx.PtxKernel;

/** A GPU: a real device or the emulator. The package's description says how to use it. */
public interface Gpu extends AutoCloseable {

  /** What the device is. */
  GpuProperties properties();

  /** Bytes of device memory that are free now. */
  long freeBytes();

  /**
   * Takes device memory; its contents are undefined. Addresses are multiples of 256.
   *
   * @param bytes at least 1
   * @throws OutOfDeviceMemoryException if that much is not free in one piece
   */
  DeviceBuffer allocate(long bytes);

  /**
   * Takes page-locked host memory, which copies move without a detour and beside other work.
   *
   * @param bytes at least 1
   */
  PinnedBuffer allocatePinned(long bytes);

  /** The stream that is always there. */
  GpuStream stream();

  /** Makes another stream, whose work may overlap with that of the others. */
  GpuStream createStream();

  /** Makes an event. */
  GpuEvent createEvent();

  /**
   * Makes a kernel launchable. The same text is assembled once.
   *
   * @throws IllegalArgumentException if this device is too old for the kernel's target or has too
   *     little shared memory for it
   * @throws GpuException if the text does not assemble, with the assembler's log
   */
  GpuKernel load(PtxKernel kernel);

  /**
   * Waits until all work of all streams is done.
   *
   * @throws GpuException of the first work that failed
   */
  void synchronize();

  /** Frees everything that came from this device, also what is still open. */
  @Override
  void close();
}
