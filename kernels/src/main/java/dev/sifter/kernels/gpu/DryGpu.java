package dev.sifter.kernels.gpu;

import dev.sifter.kernels.ptx.PtxKernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A GPU of given properties that takes every call and does nothing: no memory stands behind its
 * buffers, of which there may be any number, and what is read from it is 0. With it a plan finds
 * out what a run takes from a card that is not here.
 */
public final class DryGpu implements Gpu {
  private static final long ALIGNMENT = 256;

  private final GpuProperties properties;
  private final GpuStream stream = new DryStream();
  private long nextAddress = ALIGNMENT;

  /** A device that says that it has these properties. */
  public DryGpu(GpuProperties properties) {
    this.properties = properties;
  }

  @Override
  public GpuProperties properties() {
    return properties;
  }

  @Override
  public long freeBytes() {
    return Long.MAX_VALUE;
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    DeviceBuffer buffer = new DeviceBuffer(nextAddress, bytes, () -> {});
    nextAddress += Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    return buffer;
  }

  @Override
  public PinnedBuffer allocatePinned(long bytes) {
    return new DryPinnedBuffer(Arena.ofShared(), bytes);
  }

  @Override
  public GpuStream stream() {
    return stream;
  }

  @Override
  public GpuStream createStream() {
    return new DryStream();
  }

  @Override
  public GpuEvent createEvent() {
    return new DryEvent();
  }

  @Override
  public GpuKernel load(PtxKernel kernel) {
    properties.requireRunnable(kernel);
    return new DryKernel(kernel);
  }

  @Override
  public void synchronize() {
    // All work is done as it comes.
  }

  @Override
  public void close() {
    // Nothing was taken.
  }

  private record DryKernel(PtxKernel source) implements GpuKernel {}

  private record DryGraph(int size) implements GpuGraph {
    @Override
    public void close() {
      // Nothing was kept.
    }
  }

  private record DryEvent() implements GpuEvent {
    @Override
    public void synchronize() {
      // All work is done as it comes.
    }

    @Override
    public double millisSince(GpuEvent start) {
      return 0;
    }

    @Override
    public void close() {
      // Nothing was taken.
    }
  }

  private record DryPinnedBuffer(Arena arena, MemorySegment segment) implements PinnedBuffer {
    DryPinnedBuffer(Arena arena, long bytes) {
      this(arena, arena.allocate(bytes, Long.BYTES));
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  /** Counts what goes into graphs; the rest leaves no trace. */
  private static final class DryStream extends GpuStream {
    private int enqueued;

    @Override
    public GpuGraph capture(Runnable work) {
      int before = enqueued;
      work.run();
      return new DryGraph(enqueued - before);
    }

    @Override
    public void replay(GpuGraph graph) {
      enqueued += graph.size();
    }

    @Override
    public void record(GpuEvent event) {
      // Every mark is reached at once.
    }

    @Override
    public void waitFor(GpuEvent event) {
      // Every mark is reached at once.
    }

    @Override
    public void synchronize() {
      // All work is done as it comes.
    }

    @Override
    public long handle() {
      return 0;
    }

    @Override
    public void close() {
      // Nothing was taken.
    }

    @Override
    protected void enqueueCopyToDevice(MemorySegment source, DeviceSlice target) {
      enqueued++;
    }

    @Override
    protected void enqueueCopyToHost(DeviceSlice source, MemorySegment target) {
      enqueued++;
      target.fill((byte) 0);
    }

    @Override
    protected void enqueueCopy(DeviceSlice source, DeviceSlice target) {
      enqueued++;
    }

    @Override
    protected void enqueueClear(DeviceSlice target) {
      enqueued++;
    }

    @Override
    protected void enqueueFill(DeviceSlice target, int word) {
      enqueued++;
    }

    @Override
    protected void enqueueDiscard(DeviceSlice target) {
      // Nothing had been written.
    }

    @Override
    protected void enqueueLaunch(GpuKernel kernel, Grid grid, KernelArguments arguments) {
      enqueued++;
    }
  }
}
