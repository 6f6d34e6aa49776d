package dev.sifter.bench;

import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.blas.Blas;
import dev.sifter.kernels.gpu.blas.Matrix;
import dev.sifter.kernels.gpu.blas.MatrixType;
import dev.sifter.kernels.gpu.blas.Product;
import dev.sifter.kernels.inspect.DeviceTimer;
import dev.sifter.kernels.inspect.GemmStep;
import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.catalog.TrialMemory;
import dev.sifter.kernels.ptx.ElementType;
import java.util.ArrayList;
import java.util.List;
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
 * The steps from a naive matrix product to tensor cores, and the same products by cuBLAS: the first
 * three in fp32 beside {@code own} rows, the last one in bfloat16 with sums in fp32. Read it as
 * {@link GpuKernelBenchmark}.
 *
 * <p>{@code java @etc/jvm.args -jar bench/target/benchmarks.jar GpuProduct -p size=8192}
 */
@BenchmarkMode(Mode.SingleShotTime)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(1)
@State(Scope.Benchmark)
public class GpuProductBenchmark {
  /** Copies of the matrices that take turns, so that none is in the cache. */
  private static final int COPIES = 4;

  /** Own kernel. */
  @Param({"NAIVE", "TILED", "BLOCKED", "TENSOR_CORE"})
  public GemmStep step;

  /** Who multiplies: the own kernel, or cuBLAS with the same types. */
  @Param({"own", "cublas"})
  public String by;

  /** Rows, columns and terms. */
  @Param({"4096"})
  public int size;

  /** Times the product. */
  @Benchmark
  public void time(TimedGpu on, DeviceRates rates) {
    DeviceTimer.Timing timing = by.equals("own") ? on.timer.time(step.trial(size)) : timeCublas(on);
    rates.set(timing, TrialShape.of(step.trial(size)), on.copyBytesPerSecond);
  }

  private DeviceTimer.Timing timeCublas(TimedGpu on) {
    try (TrialMemory memory = new TrialMemory(on.gpu, TrialMemory.Purpose.TIME, 0);
        Blas blas = openCublas(on.gpu)) {
      List<Runnable> turns = new ArrayList<>();
      for (int i = 0; i < COPIES; i++) {
        Matrix a = matrix(memory, step.type());
        Matrix b = matrix(memory, step.type());
        Matrix c = matrix(memory, ElementType.F32);
        turns.add(() -> blas.multiply(Product.of(a, false, b, true, c)));
      }
      return on.timer.time(turns);
    }
  }

  private Blas openCublas(Gpu gpu) {
    return GpuDevices.blas(
            gpu,
            gpu.stream(),
            (device, stream) -> {
              throw new GpuUnavailableException(
                  "there is no cuBLAS; sifter doctor says what to do");
            })
        .what();
  }

  private Matrix matrix(TrialMemory memory, ElementType type) {
    MatrixType itsType = type == ElementType.BF16 ? MatrixType.BF16 : MatrixType.F32;
    return Matrix.dense(
        memory.normal(type, (long) size * size).array().slice(), itsType, size, size);
  }
}
