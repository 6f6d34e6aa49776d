package dev.sifter.kernels.gpu.jcuda;

import static dev.sifter.kernels.gpu.jcuda.DriverErrors.check;

import dev.sifter.kernels.gpu.CudaProbe;
import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuEvent;
import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.GpuKernel;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.OutOfDeviceMemoryException;
import dev.sifter.kernels.gpu.PinnedBuffer;
import dev.sifter.kernels.ptx.PtxKernel;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** A device of this machine, through the CUDA driver. */
public final class JCudaGpu implements Gpu {
  /** Whose context a thread uses: the driver keeps it by thread, not by device. */
  private static final ThreadLocal<JCudaGpu> CURRENT = new ThreadLocal<>();

  private final CUdevice device;
  private final CUcontext context = new CUcontext();
  private final GpuProperties properties;
  private final Map<String, JCudaKernel> kernels = new HashMap<>();
  private final List<JCudaStream> streams = new ArrayList<>();
  private final GpuStream stream;
  private boolean closed;

  private JCudaGpu(int ordinal) {
    check("cuInit", JCudaDriver.cuInit(0));
    device = new CUdevice();
    check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal));
    properties = DeviceProperties.of(device);
    check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    try {
      makeCurrent();
      stream = createStream();
    } catch (GpuException failed) {
      CURRENT.remove();
      JCudaDriver.cuDevicePrimaryCtxRelease(device);
      throw failed;
    }
  }

  /**
   * Opens a device.
   *
   * @param ordinal its number, from 0
   * @throws GpuUnavailableException saying what is missing and what helps
   */
  public static JCudaGpu open(int ordinal) {
    if (CudaProbe.run().driver().isEmpty()) {
      throw new GpuUnavailableException(
          "there is no NVIDIA driver (libcuda.so.1 or nvcuda.dll) in the library folders; with an"
              + " NVIDIA GPU install version 525 or newer, without one choose --device cpu or"
              + " emulator");
    }
    try {
      return new JCudaGpu(ordinal);
    } catch (LinkageError missing) {
      throw new GpuUnavailableException(
          "JCuda's native library cannot be loaded on %s, %s; it exists for Linux and Windows on x86-64"
              .formatted(System.getProperty("os.name"), System.getProperty("os.arch")),
          missing);
    }
  }

  /** Lets the calling thread use the device's context, if it used another's last. */
  void makeCurrent() {
    if (CURRENT.get() != this) {
      check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
      CURRENT.set(this);
    }
  }

  @Override
  public GpuProperties properties() {
    return properties;
  }

  @Override
  public long freeBytes() {
    makeCurrent();
    long[] free = new long[1];
    long[] total = new long[1];
    check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
    return free[0];
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    makeCurrent();
    Addresses.Device pointer = new Addresses.Device();
    int result = JCudaDriver.cuMemAlloc(pointer, bytes);
    if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      throw new OutOfDeviceMemoryException(bytes, freeBytes(), properties.memoryBytes());
    }
    check("cuMemAlloc", result);
    return new DeviceBuffer(pointer.value(), bytes, () -> free(pointer));
  }

  private void free(Addresses.Device pointer) {
    if (!closed) {
      synchronize();
      check("cuMemFree", JCudaDriver.cuMemFree(pointer));
    }
  }

  /** At most 2³¹−1 bytes, as it is a {@code ByteBuffer} underneath. */
  @Override
  public PinnedBuffer allocatePinned(long bytes) {
    makeCurrent();
    Pointer pointer = new Pointer();
    check("cuMemAllocHost", JCudaDriver.cuMemAllocHost(pointer, Math.toIntExact(bytes)));
    MemorySegment segment = MemorySegment.ofBuffer(pointer.getByteBuffer(0, bytes));
    return new PinnedBuffer() {
      @Override
      public MemorySegment segment() {
        return segment;
      }

      @Override
      public void close() {
        if (!closed) {
          synchronize();
          check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(pointer));
        }
      }
    };
  }

  @Override
  public GpuStream stream() {
    return stream;
  }

  @Override
  public GpuStream createStream() {
    makeCurrent();
    JCudaStream created = new JCudaStream(this);
    streams.add(created);
    return created;
  }

  /** Lets go of a stream that is closed by itself. */
  void forget(JCudaStream stream) {
    streams.remove(stream);
  }

  @Override
  public GpuEvent createEvent() {
    makeCurrent();
    return new JCudaEvent(this);
  }

  @Override
  public GpuKernel load(PtxKernel kernel) {
    properties.requireRunnable(kernel);
    makeCurrent();
    return kernels.computeIfAbsent(kernel.text(), text -> JCudaKernel.load(kernel));
  }

  @Override
  public void synchronize() {
    makeCurrent();
    check("cuCtxSynchronize", JCudaDriver.cuCtxSynchronize());
  }

  @Override
  public void close() {
    if (!closed) {
      makeCurrent();
      closed = true;
      try {
        streams.forEach(JCudaStream::destroy);
        kernels.values().forEach(JCudaKernel::unload);
      } finally {
        // After a kernel's fault every call fails but this one, which frees what is still open:
        // the context is this process's only one for the device.
        CURRENT.remove();
        check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device));
      }
    }
  }
}
