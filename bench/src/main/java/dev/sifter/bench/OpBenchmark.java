package dev.sifter.bench;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.Work;
import dev.sifter.engine.ops.contract.OpCase;
import dev.sifter.engine.ops.contract.OpContracts;
import dev.sifter.engine.ops.contract.OpWork;
import dev.sifter.engine.ops.contract.PreparedCase;
import dev.sifter.engine.tensor.DType;
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
 * Any op at its contract's shape of real size: runs per second, and GFLOP/s and GB/s of the least
 * work that there is to do. Beside {@link MemoryBandwidthBenchmark}'s GB/s and a matrix product's
 * GFLOP/s the two columns say which of the two bounds the op, and how near it comes.
 *
 * <p>{@code java @etc/jvm.args -jar bench/target/benchmarks.jar OpBenchmark -p op=rope,attention}
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class OpBenchmark {
  /** A contract's name; {@code docs/ops.md} lists them with their shapes. */
  @Param({
    "linear",
    "lora-linear",
    "rms-norm",
    "rope",
    "attention",
    "gated-silu",
    "linear-cross-entropy",
    "adamw"
  })
  public String op;

  /** The forward pass alone, or with the backward pass. */
  @Param({"forward", "training"})
  public String pass;

  /** The backend; results do not depend on it, times do. */
  @Param({"auto"})
  public String device;

  /** Worker threads; 0 is as many as there are cores. */
  @Param({"0"})
  public int threads;

  private Backend backend;
  private PreparedCase prepared;
  private Work work;

  /** Uploads the inputs and counts the work. */
  @Setup
  public void prepare() {
    int workers = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    OpCase opCase = OpContracts.named(op).benchmark();
    OpWork least = OpWork.of(opCase);
    work = pass.equals("forward") ? least.forward() : least.total();
    backend = Backends.open(device, workers);
    prepared = PreparedCase.of(opCase, backend, DType.F32);
  }

  /** Frees the inputs and ends the workers. */
  @TearDown
  public void close() {
    prepared.close();
    backend.close();
  }

  /** One run. */
  @Benchmark
  public void run(Counters counters) {
    if (pass.equals("forward")) {
      prepared.forward();
    } else {
      prepared.forwardAndBackward();
    }
    counters.add(work);
  }

  /** Counts work, which JMH divides by the seconds. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Counters {
    /** GFLOP/s. */
    public double gflops;

    /** GB/s. */
    public double gigabytes;

    /** Starts anew. */
    @Setup(Level.Iteration)
    public void reset() {
      gflops = 0;
      gigabytes = 0;
    }

    void add(Work work) {
      gflops += work.flops() / 1e9;
      gigabytes += work.bytes() / 1e9;
    }
  }
}
