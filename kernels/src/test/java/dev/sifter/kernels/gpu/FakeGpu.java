package dev.sifter.kernels.gpu;

import dev.sifter.kernels.ptx.PtxKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The least that is a GPU: it moves bytes at once and runs no kernel. */
final class FakeGpu implements Gpu {
  private final MemorySegment memory = MemorySegment.ofArray(new byte[4096]);
  private final List<Runnable> captured = new ArrayList<>();
  private long used;
  private boolean capturing;

  @Override
  public GpuProperties properties() {
    return new GpuProperties("fake", 8, 0, 1, 1 << 20, 99 << 10, 1 << 20);
  }

  @Override
  public long freeBytes() {
    return properties().memoryBytes();
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    used += 256;
    return new DeviceBuffer(used, bytes, () -> {});
  }

  @Override
  public PinnedBuffer allocatePinned(long bytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public GpuStream stream() {
    return new FakeStream();
  }

  @Override
  public GpuStream createStream() {
    return stream();
  }

  @Override
  public GpuEvent createEvent() {
    throw new UnsupportedOperationException();
  }

  @Override
  public GpuKernel load(PtxKernel kernel) {
    properties().requireRunnable(kernel);
    return () -> kernel;
  }

  @Override
  public void synchronize() {}

  @Override
  public void close() {}

  private final class FakeStream extends GpuStream {
    private void enqueue(Runnable work) {
      if (capturing) {
        captured.add(work);
      } else {
        work.run();
      }
    }

    @Override
    public GpuGraph capture(Runnable work) {
      capturing = true;
      work.run();
      capturing = false;
      return new GpuGraph() {
        @Override
        public int size() {
          return captured.size();
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public void replay(GpuGraph graph) {
      captured.forEach(Runnable::run);
    }

    @Override
    public void record(GpuEvent event) {}

    @Override
    public void waitFor(GpuEvent event) {}

    @Override
    public void synchronize() {}

    @Override
    public long handle() {
      return 0;
    }

    @Override
    public void close() {}

    @Override
    protected void enqueueCopyToDevice(MemorySegment source, DeviceSlice target) {
      bytes(target).copyFrom(source);
    }

    @Override
    protected void enqueueCopyToHost(DeviceSlice source, MemorySegment target) {
      target.copyFrom(bytes(source));
    }

    @Override
    protected void enqueueCopy(DeviceSlice source, DeviceSlice target) {
      enqueue(() -> bytes(target).copyFrom(bytes(source)));
    }

    @Override
    protected void enqueueClear(DeviceSlice target) {
      enqueue(() -> bytes(target).fill((byte) 0));
    }

    @Override
    protected void enqueueFill(DeviceSlice target, int word) {
      enqueue(
          () -> {
            for (long i = 0; i < target.byteSize(); i += 4) {
              bytes(target).set(ValueLayout.JAVA_INT_UNALIGNED, i, word);
            }
          });
    }

    @Override
    protected void enqueueDiscard(DeviceSlice target) {}

    @Override
    protected void enqueueLaunch(GpuKernel kernel, Grid grid, KernelArguments arguments) {
      enqueue(() -> {});
    }

    private MemorySegment bytes(DeviceSlice slice) {
      return memory.asSlice(slice.address(), slice.byteSize());
    }
  }
}
