package dev.sifter.bench;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * A linear layer's product by Sifter's cpu backend: beside it, with the profiles {@code blas} and
 * {@code mkl}, the same product by OpenBLAS and by MKL. The column {@code flops} is in GFLOP/s.
 *
 * <p>{@code java @etc/jvm.args -jar bench/target/benchmarks.jar Sgemm -p shape=1024x1536x576}; for
 * OpenBLAS on one thread, set {@code OPENBLAS_NUM_THREADS=1} and {@code -p threads=1}.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class SgemmBenchmark {
  /** Threads that compute; 0 for one per core. */
  @Param({"0"})
  public int threads;

  private Backend backend;
  private Tensor a;
  private Tensor b;
  private Tensor c;

  /** Opens the backend over the operands that all libraries share. */
  @Setup
  public void open(SgemmOperands x) {
    backend =
        Backends.open("cpu", threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
    a = tensor(x.a, x.m, x.k);
    b = tensor(x.b, x.n, x.k);
    c = tensor(x.c, x.m, x.n);
  }

  private static Tensor tensor(FloatBuffer values, int rows, int columns) {
    Storage storage = new Storage.Host(MemorySegment.ofBuffer(values));
    return new Tensor(DType.F32, Shape.of(rows, columns), storage, 0);
  }

  /** Ends the backend's threads. */
  @TearDown
  public void close() {
    backend.close();
  }

  /** {@code c = a bᵀ}. */
  @Benchmark
  public FloatBuffer product(SgemmOperands x, SgemmOperands.Work work) {
    backend.linear().matmul(a, false, b, true, 1, 0, c);
    work.add(x);
    return x.c;
  }
}
