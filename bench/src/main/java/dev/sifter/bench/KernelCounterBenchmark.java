package dev.sifter.bench;

import dev.sifter.kernels.inspect.Card;
import dev.sifter.kernels.inspect.EmulatedTrial;
import dev.sifter.kernels.inspect.TrialCounts;
import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.library.catalog.KernelTrial;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What kernels move and compute on their first trial, counted by the emulator, and how fast they
 * could be in their shape of practice by a card's data sheet: the secondary results, which are the
 * same on every machine. The score, the emulator's time, says nothing about a GPU. Needs none.
 *
 * <p>{@code java @etc/jvm.args -jar bench/target/benchmarks.jar KernelCounter -p card=H200}
 */
@BenchmarkMode(Mode.SingleShotTime)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(1)
@State(Scope.Benchmark)
public class KernelCounterBenchmark {
  /** The kernel; {@code sifter kernels list} names them. */
  @Param({
    "rms-norm",
    "gated-silu",
    "cross-entropy",
    "adamw",
    "gemm-naive",
    "gemm-tiled",
    "gemm-blocked",
    "gemm-tensor-core",
    "flash-attention",
    "flash-attention-backward",
    "decode-attention",
    "nf4-dequantize"
  })
  public String kernel;

  /** Whose data sheet bounds the time. */
  @Param({"H100"})
  public Card card;

  /** Runs the trial once. */
  @Benchmark
  public void count(Counters counters) {
    KernelEntry entry = KernelCatalog.find(kernel);
    KernelTrial trial = entry.trials().getFirst();
    try (EmulatedTrial emulated = EmulatedTrial.open(trial, 0)) {
      TrialCounts counts = TrialCounts.of(TrialShape.of(trial), emulated.runAll());
      TrialShape practice = TrialShape.of(entry.benchmark());
      counters.set(counts, card.bound(practice, counts.tensorInstructions() > 0).seconds());
    }
  }

  /** The counts. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Counters {
    /** Bytes of all sectors that were touched. */
    public double sectorBytes;

    /** The same, as a multiple of the least. */
    public double ofLeast;

    /** Sectors of a load from global memory. */
    public double sectorsPerLoad;

    /** Turns of shared memory. */
    public double sharedTurns;

    /** Those that bank conflicts added. */
    public double bankConflicts;

    /** Instructions of warps. */
    public double warpInstructions;

    /** Floating-point operations. */
    public double flops;

    /** Microseconds that no run of the shape of practice is below. */
    public double boundMicros;

    void set(TrialCounts counts, double boundSeconds) {
      sectorBytes = counts.sectorBytes();
      ofLeast = counts.ofFloor();
      sectorsPerLoad = counts.sectorsPerLoad();
      sharedTurns = counts.sharedTurns();
      bankConflicts = counts.bankConflicts();
      warpInstructions = counts.warpInstructions();
      flops = counts.flops();
      boundMicros = boundSeconds * 1e6;
    }
  }
}
