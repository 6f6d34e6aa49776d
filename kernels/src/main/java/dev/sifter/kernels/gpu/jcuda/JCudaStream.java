package dev.sifter.kernels.gpu.jcuda;

import static dev.sifter.kernels.gpu.jcuda.DriverErrors.check;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.GpuEvent;
import dev.sifter.kernels.gpu.GpuGraph;
import dev.sifter.kernels.gpu.GpuKernel;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.gpu.KernelArguments;
import dev.sifter.kernels.ptx.PtxKernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jcuda.driver.CUgraph;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** A stream of the driver that waits for no other. */
final class JCudaStream extends GpuStream {
  private final JCudaGpu gpu;
  private final Handle stream = new Handle();
  private final LaunchParameters parameters = new LaunchParameters(Arena.ofAuto());
  private boolean closed;

  /** A stream that tells its address. */
  private static final class Handle extends CUstream {
    long value() {
      return getNativePointer();
    }
  }

  JCudaStream(JCudaGpu gpu) {
    this.gpu = gpu;
    check(
        "cuStreamCreate",
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
  }

  @Override
  public GpuGraph capture(Runnable work) {
    gpu.makeCurrent();
    check(
        "cuStreamBeginCapture",
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    CUgraph graph = new CUgraph();
    try {
      work.run();
    } catch (RuntimeException | Error failed) {
      // What was noted until then is a graph too, where the failure was not the driver's.
      if (JCudaDriver.cuStreamEndCapture(stream, graph) == CUresult.CUDA_SUCCESS) {
        JCudaDriver.cuGraphDestroy(graph);
      }
      throw failed;
    }
    check("cuStreamEndCapture", JCudaDriver.cuStreamEndCapture(stream, graph));
    return new JCudaGraph(gpu, graph);
  }

  @Override
  public void replay(GpuGraph graph) {
    gpu.makeCurrent();
    check("cuGraphLaunch", JCudaDriver.cuGraphLaunch(((JCudaGraph) graph).handle(), stream));
  }

  @Override
  public void record(GpuEvent event) {
    gpu.makeCurrent();
    check("cuEventRecord", JCudaDriver.cuEventRecord(((JCudaEvent) event).handle(), stream));
  }

  @Override
  public void waitFor(GpuEvent event) {
    gpu.makeCurrent();
    check(
        "cuStreamWaitEvent",
        JCudaDriver.cuStreamWaitEvent(stream, ((JCudaEvent) event).handle(), 0));
  }

  @Override
  public void synchronize() {
    gpu.makeCurrent();
    check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
  }

  CUstream driver() {
    return stream;
  }

  @Override
  public long handle() {
    return stream.value();
  }

  @Override
  public void close() {
    if (!closed) {
      gpu.makeCurrent();
      gpu.forget(this);
      destroy();
    }
  }

  void destroy() {
    if (!closed) {
      closed = true;
      check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream));
    }
  }

  /**
   * Copies from pageable memory: the driver has taken the bytes when the call returns, so that a
   * copy of an array may be freed then.
   */
  @Override
  protected void enqueueCopyToDevice(MemorySegment source, DeviceSlice target) {
    if (source.isNative()) {
      copyToDevice(source.address(), target);
    } else {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment copy = arena.allocate(source.byteSize());
        copy.copyFrom(source);
        copyToDevice(copy.address(), target);
      }
    }
  }

  private void copyToDevice(long source, DeviceSlice target) {
    gpu.makeCurrent();
    check(
        "cuMemcpyHtoDAsync",
        JCudaDriver.cuMemcpyHtoDAsync(
            device(target), new Addresses.Host(source), target.byteSize(), stream));
  }

  /** Copies to pageable memory: the bytes are there when the call returns. */
  @Override
  protected void enqueueCopyToHost(DeviceSlice source, MemorySegment target) {
    if (target.isNative()) {
      copyToHost(source, target.address());
    } else {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment copy = arena.allocate(target.byteSize());
        copyToHost(source, copy.address());
        synchronize();
        target.copyFrom(copy);
      }
    }
  }

  private void copyToHost(DeviceSlice source, long target) {
    gpu.makeCurrent();
    check(
        "cuMemcpyDtoHAsync",
        JCudaDriver.cuMemcpyDtoHAsync(
            new Addresses.Host(target), device(source), source.byteSize(), stream));
  }

  @Override
  protected void enqueueCopy(DeviceSlice source, DeviceSlice target) {
    gpu.makeCurrent();
    check(
        "cuMemcpyDtoDAsync",
        JCudaDriver.cuMemcpyDtoDAsync(device(target), device(source), source.byteSize(), stream));
  }

  @Override
  protected void enqueueClear(DeviceSlice target) {
    gpu.makeCurrent();
    check(
        "cuMemsetD8Async",
        JCudaDriver.cuMemsetD8Async(device(target), (byte) 0, target.byteSize(), stream));
  }

  @Override
  protected void enqueueFill(DeviceSlice target, int word) {
    gpu.makeCurrent();
    check(
        "cuMemsetD32Async",
        JCudaDriver.cuMemsetD32Async(
            device(target), word, target.byteSize() / Integer.BYTES, stream));
  }

  @Override
  protected void enqueueDiscard(DeviceSlice target) {
    // A device has no use for knowing that.
  }

  @Override
  protected void enqueueLaunch(GpuKernel kernel, Grid grid, KernelArguments arguments) {
    gpu.makeCurrent();
    PtxKernel source = kernel.source();
    check(
        source.name(),
        JCudaDriver.cuLaunchKernel(
            ((JCudaKernel) kernel).function(),
            grid.x(),
            grid.y(),
            grid.z(),
            source.threadsPerBlock(),
            1,
            1,
            source.sharedBytes(),
            stream,
            new Addresses.Host(parameters.put(arguments).address()),
            null));
  }

  private static Addresses.Device device(DeviceSlice slice) {
    return new Addresses.Device(slice.address());
  }
}
