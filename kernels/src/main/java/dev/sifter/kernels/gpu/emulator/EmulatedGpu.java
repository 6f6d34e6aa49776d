package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuEvent;
import dev.sifter.kernels.gpu.GpuKernel;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.gpu.KernelArguments;
import dev.sifter.kernels.gpu.PinnedBuffer;
import dev.sifter.kernels.ptx.PtxKernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A GPU in Java. Work is done when it is put into a stream, one after the other, so that a fault is
 * thrown where the kernel was launched.
 */
public final class EmulatedGpu implements Gpu {
  private static final int HOPPER_SHARED_BYTES = 227 << 10;
  private static final int AMPERE_SHARED_BYTES = 163 << 10;
  private static final int L2_BYTES = 50 << 20;

  private final EmulatorOptions options;
  private final GlobalMemory memory;
  private final LaunchRunner runner;
  private final EmulatedStream stream;
  private final Map<String, LoadedKernel> kernels = new HashMap<>();
  private Launch lastLaunch;
  private Counters lastCounters;
  private Consumer<EmulatorReport> listener;
  private Tracer tracer;

  /** A kernel with its program. */
  private record LoadedKernel(PtxKernel source, Program program) implements GpuKernel {}

  /** Opens a device with a memory of its own. */
  public EmulatedGpu(EmulatorOptions options) {
    this.options = options;
    memory = new GlobalMemory(options.memoryBytes());
    runner = new LaunchRunner(options, memory);
    stream = new EmulatedStream(this, memory, options.checks());
  }

  /** Opens a device with {@linkplain EmulatorOptions#defaults() the default options}. */
  public static EmulatedGpu open() {
    return new EmulatedGpu(EmulatorOptions.defaults());
  }

  @Override
  public GpuProperties properties() {
    boolean ampere = options.tensorArithmetic() == TensorArithmetic.EXACT_SM80;
    return new GpuProperties(
        "emulator",
        ampere ? 8 : 9,
        0,
        options.cores(),
        options.memoryBytes(),
        ampere ? AMPERE_SHARED_BYTES : HOPPER_SHARED_BYTES,
        L2_BYTES);
  }

  /** What the last launch did; of a launch that failed nothing is reported. */
  public EmulatorReport lastReport() {
    if (lastLaunch == null) {
      throw new IllegalStateException("no kernel has run yet");
    }
    return EmulatorReport.of(lastLaunch, lastCounters);
  }

  /** Lets {@code newListener} have the report of every launch from now on. */
  public void reportTo(Consumer<EmulatorReport> newListener) {
    listener = newListener;
  }

  /**
   * Lets {@code steps} have every instruction of one warp, of all launches from now on, as soon as
   * it has run; one that fails a check, too. Warps that nobody traces are not slower for it.
   *
   * @param block the block's number in the grid, x first
   * @param warp the warp within the block
   */
  public void trace(int block, int warp, Consumer<TraceStep> steps) {
    tracer = new Tracer(block, warp, steps);
  }

  /** The buffers that were not freed, for people; a program that ends should have none. */
  public List<String> openBuffers() {
    return memory.openAllocations();
  }

  @Override
  public long freeBytes() {
    return memory.freeBytes();
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    Allocation allocation = memory.allocate(bytes);
    return new DeviceBuffer(allocation.address(), bytes, () -> memory.free(allocation));
  }

  @Override
  public PinnedBuffer allocatePinned(long bytes) {
    Arena arena = Arena.ofShared();
    MemorySegment segment = arena.allocate(bytes, 64);
    return new PinnedBuffer() {
      @Override
      public MemorySegment segment() {
        return segment;
      }

      @Override
      public void close() {
        arena.close();
      }
    };
  }

  @Override
  public GpuStream stream() {
    return stream;
  }

  @Override
  public GpuStream createStream() {
    return new EmulatedStream(this, memory, options.checks());
  }

  @Override
  public GpuEvent createEvent() {
    return new EmulatedEvent();
  }

  @Override
  public GpuKernel load(PtxKernel kernel) {
    properties().requireRunnable(kernel);
    return kernels.computeIfAbsent(
        kernel.text(), text -> new LoadedKernel(kernel, Decoder.decode(kernel)));
  }

  /** Runs a kernel to its end. */
  void run(GpuKernel kernel, Grid grid, KernelArguments arguments) {
    if (!(kernel instanceof LoadedKernel(PtxKernel source, Program program))) {
      throw new IllegalArgumentException(
          "kernel %s was loaded by another device".formatted(kernel.source().name()));
    }
    Launch launch = new Launch(program, grid, arguments.packed(), memory, options, tracer);
    lastCounters = runner.run(launch);
    lastLaunch = launch;
    if (listener != null) {
      listener.accept(lastReport());
    }
  }

  @Override
  public void synchronize() {
    // Work is done when it is put into a stream.
  }

  @Override
  public void close() {
    runner.close();
  }
}
