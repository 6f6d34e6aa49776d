package dev.sifter.bench;

import java.nio.FloatBuffer;
import java.util.concurrent.TimeUnit;
import org.bytedeco.mkl.global.mkl_rt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A linear layer's product by Intel's MKL, on all cores: the row that Sifter's own is compared
 * with.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MklSgemmBenchmark {
  /** {@code c = a bᵀ}. */
  @Benchmark
  public FloatBuffer product(SgemmOperands x, SgemmOperands.Work work) {
    mkl_rt.cblas_sgemm(
        mkl_rt.CblasRowMajor,
        mkl_rt.CblasNoTrans,
        mkl_rt.CblasTrans,
        x.m,
        x.n,
        x.k,
        1,
        x.a,
        x.k,
        x.b,
        x.k,
        0,
        x.c,
        x.n);
    work.add(x);
    return x.c;
  }
}
