package dev.sifter.tests.e2e;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuEvent;
import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.GpuGraph;
import dev.sifter.kernels.gpu.GpuKernel;
import dev.sifter.kernels.gpu.GpuLostException;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.gpu.KernelArguments;
import dev.sifter.kernels.gpu.PinnedBuffer;
import dev.sifter.kernels.ptx.PtxKernel;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/**
 * A GPU that falls off the bus when a condition holds; from then on every call fails. Or one that
 * captures no graphs.
 */
final class LosingGpu implements Gpu {
  private final Gpu inner;
  private final BooleanSupplier isLost;
  private final boolean graphs;
  private final GpuStream stream;

  LosingGpu(Gpu inner, BooleanSupplier isLost) {
    this(inner, isLost, true);
  }

  private LosingGpu(Gpu inner, BooleanSupplier isLost, boolean graphs) {
    this.inner = inner;
    this.isLost = isLost;
    this.graphs = graphs;
    this.stream = new LosingStream(inner.stream());
  }

  static LosingGpu withoutGraphs(Gpu inner) {
    return new LosingGpu(inner, () -> false, false);
  }

  private void check() {
    if (isLost.getAsBoolean()) {
      throw new GpuLostException("the GPU is lost; start again with --resume");
    }
  }

  @Override
  public GpuProperties properties() {
    return inner.properties();
  }

  @Override
  public long freeBytes() {
    check();
    return inner.freeBytes();
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    check();
    DeviceBuffer buffer = inner.allocate(bytes);
    return new DeviceBuffer(
        buffer.address(),
        bytes,
        () -> {
          buffer.close();
          check();
        });
  }

  @Override
  public PinnedBuffer allocatePinned(long bytes) {
    check();
    return inner.allocatePinned(bytes);
  }

  @Override
  public GpuStream stream() {
    return stream;
  }

  @Override
  public GpuStream createStream() {
    throw new UnsupportedOperationException("one stream is enough to be lost");
  }

  @Override
  public GpuEvent createEvent() {
    return inner.createEvent();
  }

  @Override
  public GpuKernel load(PtxKernel kernel) {
    check();
    return inner.load(kernel);
  }

  @Override
  public void synchronize() {
    check();
    inner.synchronize();
  }

  @Override
  public void close() {
    inner.close();
  }

  private final class LosingStream extends GpuStream {
    private final GpuStream delegate;

    LosingStream(GpuStream delegate) {
      this.delegate = delegate;
    }

    @Override
    public GpuGraph capture(Runnable work) {
      check();
      if (!graphs) {
        throw new GpuException("cuStreamBeginCapture: not supported");
      }
      return delegate.capture(work);
    }

    @Override
    public void replay(GpuGraph graph) {
      check();
      delegate.replay(graph);
    }

    @Override
    public void record(GpuEvent event) {
      check();
      delegate.record(event);
    }

    @Override
    public void waitFor(GpuEvent event) {
      check();
      delegate.waitFor(event);
    }

    @Override
    public void synchronize() {
      check();
      delegate.synchronize();
    }

    @Override
    public long handle() {
      return delegate.handle();
    }

    @Override
    public void close() {
      delegate.close();
    }

    @Override
    protected void enqueueCopyToDevice(MemorySegment source, DeviceSlice target) {
      check();
      delegate.copyToDevice(source, target);
    }

    @Override
    protected void enqueueCopyToHost(DeviceSlice source, MemorySegment target) {
      check();
      delegate.copyToHost(source, target);
    }

    @Override
    protected void enqueueCopy(DeviceSlice source, DeviceSlice target) {
      check();
      delegate.copy(source, target);
    }

    @Override
    protected void enqueueClear(DeviceSlice target) {
      check();
      delegate.clear(target);
    }

    @Override
    protected void enqueueFill(DeviceSlice target, int word) {
      check();
      delegate.fill(target, word);
    }

    @Override
    protected void enqueueDiscard(DeviceSlice target) {
      delegate.discard(target);
    }

    @Override
    protected void enqueueLaunch(GpuKernel kernel, Grid grid, KernelArguments arguments) {
      check();
      delegate.launch(kernel, grid, arguments.values().toArray());
    }
  }
}
