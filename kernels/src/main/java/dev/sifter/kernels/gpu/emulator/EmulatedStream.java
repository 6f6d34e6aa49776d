package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.GpuEvent;
import dev.sifter.kernels.gpu.GpuGraph;
import dev.sifter.kernels.gpu.GpuKernel;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.gpu.KernelArguments;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A stream that does its work at once. */
final class EmulatedStream extends GpuStream {
  private final EmulatedGpu gpu;
  private final GlobalMemory memory;
  private final boolean checks;
  private String lastKernel = "no kernel";
  private List<Runnable> captured;

  EmulatedStream(EmulatedGpu gpu, GlobalMemory memory, boolean checks) {
    this.gpu = gpu;
    this.memory = memory;
    this.checks = checks;
  }

  private record Graph(List<Runnable> work) implements GpuGraph {
    @Override
    public int size() {
      return work.size();
    }

    @Override
    public void close() {
      // Nothing to free.
    }
  }

  private void enqueue(Runnable work) {
    if (captured != null) {
      captured.add(work);
    } else {
      work.run();
    }
  }

  @Override
  public GpuGraph capture(Runnable work) {
    if (captured != null) {
      throw new IllegalStateException("the stream is already being captured");
    }
    captured = new ArrayList<>();
    try {
      work.run();
      return new Graph(List.copyOf(captured));
    } finally {
      captured = null;
    }
  }

  @Override
  public void replay(GpuGraph graph) {
    if (!(graph instanceof Graph(List<Runnable> work))) {
      throw new IllegalArgumentException("the graph was captured by another device");
    }
    work.forEach(this::enqueue);
  }

  @Override
  public void record(GpuEvent event) {
    enqueue(((EmulatedEvent) event)::mark);
  }

  @Override
  public void waitFor(GpuEvent event) {
    // All that was put in before is done.
  }

  @Override
  public void synchronize() {
    if (captured != null) {
      throw new IllegalStateException("synchronised while the stream is being captured");
    }
  }

  @Override
  public long handle() {
    return 0;
  }

  @Override
  public void close() {
    // Nothing to free.
  }

  @Override
  protected void enqueueCopyToDevice(MemorySegment source, DeviceSlice target) {
    enqueue(() -> memory.write(target.address(), source));
  }

  @Override
  protected void enqueueCopyToHost(DeviceSlice source, MemorySegment target) {
    enqueue(
        () -> {
          if (checks) {
            requireWritten(source);
          }
          memory.read(source.address(), target);
        });
  }

  private void requireWritten(DeviceSlice slice) {
    long missing = memory.firstUninitialised(slice.address(), slice.byteSize());
    if (missing >= 0) {
      throw new EmulatorFaultException(
          Check.UNINITIALISED,
          "the host reads %d bytes, but nothing wrote byte %d of them: %s (address 0x%x); %s ran last"
              .formatted(
                  slice.byteSize(),
                  missing,
                  memory.describe(slice.address() + missing, 1),
                  slice.address() + missing,
                  lastKernel));
    }
  }

  @Override
  protected void enqueueCopy(DeviceSlice source, DeviceSlice target) {
    enqueue(() -> memory.copy(source.address(), target.address(), source.byteSize()));
  }

  @Override
  protected void enqueueClear(DeviceSlice target) {
    enqueue(() -> memory.fill(target.address(), target.byteSize(), 0));
  }

  @Override
  protected void enqueueFill(DeviceSlice target, int word) {
    enqueue(() -> memory.fill(target.address(), target.byteSize(), word));
  }

  @Override
  protected void enqueueDiscard(DeviceSlice target) {
    enqueue(() -> memory.discard(target.address(), target.byteSize()));
  }

  @Override
  protected void enqueueLaunch(GpuKernel kernel, Grid grid, KernelArguments arguments) {
    enqueue(
        () -> {
          lastKernel = "kernel " + kernel.source().name();
          gpu.run(kernel, grid, arguments);
        });
  }
}
