package dev.sifter.bench;

import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelTrial;
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
 * Kernels of the catalog on a GPU, in their shapes of practice. The secondary results are the
 * device's time, the median of 30 samples on arrays that are in no cache, and its rates; the score,
 * the time of making and taking all of that, says nothing. Where there is no GPU, or one that
 * cannot run the kernel, a row fails with what is missing, and the next one follows.
 *
 * <p>{@code java @etc/jvm.args -jar bench/target/benchmarks.jar GpuKernel -p kernel=rms-norm}
 */
@BenchmarkMode(Mode.SingleShotTime)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(1)
@State(Scope.Benchmark)
public class GpuKernelBenchmark {
  /** The kernel; {@code sifter kernels list} names them. */
  @Param({
    "residual-rms-norm",
    "rms-norm-backward",
    "gated-silu",
    "gated-backward-silu",
    "rope",
    "cross-entropy",
    "adamw",
    "flash-attention",
    "flash-attention-backward",
    "flash-attention-wgmma",
    "flash-attention-wgmma-backward",
    "decode-attention",
    "gemv",
    "nf4-dequantize"
  })
  public String kernel;

  /** Times the kernel. */
  @Benchmark
  public void time(TimedGpu on, DeviceRates rates) {
    KernelTrial trial = KernelCatalog.find(kernel).benchmark();
    rates.set(on.timer.time(trial), TrialShape.of(trial), on.copyBytesPerSecond);
  }
}
