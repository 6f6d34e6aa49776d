package dev.sifter.bench;

import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.gpu.emulator.EmulatorReport;
import dev.sifter.kernels.inspect.TrialCounts;
import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.LoadedKernels;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.library.catalog.TrialMemory;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How fast the emulator runs kernels of the catalog on one core, all checks on: the column {@code
 * laneInstructions} is in lane-instructions a nanosecond.
 *
 * <p>{@code java @etc/jvm.args -jar bench/target/benchmarks.jar EmulatedKernel}
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class EmulatedKernelBenchmark {
  private static final long INPUT_SEED = 42;

  /** The kernel; {@code sifter kernels list} names them. */
  @Param({
    "rms-norm",
    "cross-entropy",
    "adamw",
    "gemm-blocked",
    "gemm-tensor-core",
    "flash-attention"
  })
  public String kernel;

  private EmulatedGpu gpu;
  private TrialMemory memory;
  private LoadedKernels kernels;
  private List<Launch> launches;
  private long laneInstructions;

  /** Makes the inputs of the trial that has most to do. */
  @Setup
  public void open() {
    gpu = new EmulatedGpu(EmulatorOptions.defaults().withCores(1));
    kernels = new LoadedKernels(gpu, PtxTarget.SM_80);
    for (KernelTrial trial : KernelCatalog.find(kernel).trials()) {
      TrialMemory itsMemory = new TrialMemory(gpu, TrialMemory.Purpose.COMPARE, INPUT_SEED);
      List<Launch> itsLaunches = trial.setUp().apply(itsMemory).launches();
      long work = count(trial, itsLaunches);
      if (work > laneInstructions) {
        close(memory);
        laneInstructions = work;
        launches = itsLaunches;
        memory = itsMemory;
      } else {
        itsMemory.close();
      }
    }
  }

  private long count(KernelTrial trial, List<Launch> itsLaunches) {
    List<EmulatorReport> reports = new ArrayList<>();
    gpu.reportTo(reports::add);
    kernels.run(gpu.stream(), itsLaunches);
    gpu.reportTo(report -> {});
    return TrialCounts.of(TrialShape.of(trial), reports).laneInstructions();
  }

  private static void close(TrialMemory memory) {
    if (memory != null) {
      memory.close();
    }
  }

  /** Frees the inputs and the emulator. */
  @TearDown
  public void close() {
    close(memory);
    gpu.close();
  }

  /** All launches of the trial, over and over on the same arrays. */
  @Benchmark
  public void run(Counters counters) {
    kernels.run(gpu.stream(), launches);
    counters.laneInstructions += laneInstructions;
  }

  /** What JMH divides by the time. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Counters {
    /** Instructions of lanes that took part. */
    public double laneInstructions;

    /** Starts anew. */
    @Setup(Level.Iteration)
    public void reset() {
      laneInstructions = 0;
    }
  }
}
