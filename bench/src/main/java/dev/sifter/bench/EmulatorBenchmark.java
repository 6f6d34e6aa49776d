package dev.sifter.bench;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.GpuKernel;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.gpu.emulator.TensorArithmetic;
import dev.sifter.kernels.ptx.KernelParameter;
import dev.sifter.kernels.ptx.ParameterType;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How fast the GPU emulator runs on one core: {@code arithmetic} in lane-instructions a nanosecond,
 * {@code products} in floating-point operations of {@code mma.sync} a nanosecond.
 *
 * <p>{@code java @etc/jvm.args -jar bench/target/benchmarks.jar Emulator}
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@State(Scope.Benchmark)
public class EmulatorBenchmark {
  private static final int BLOCKS = 4;
  private static final int THREADS = 256;
  private static final int ROUNDS = 500;

  /** Instructions of a round of {@code arithmetic}. */
  private static final int INSTRUCTIONS = 20;

  private static final int PRODUCTS = 4;
  private static final int FLOPS_OF_PRODUCT = 2 * 16 * 8 * 16;

  /** One checked load of 16 bytes a lane, 16 arithmetic instructions, the loop. */
  private static final String ARITHMETIC =
      """
      mad.wide.u32 %d2, %r1, 16, %d0;
      mov.f32 %f1, 0f3F800000;
      mov.u32 %r2, 0;
      LOOP:
      ld.global.nc.v4.f32 {%f2, %f3, %f4, %f5}, [%d2];
      """
          + """
          fma.rn.f32 %f6, %f2, %f1, %f3;
          mul.rn.f32 %f7, %f6, %f1;
          add.u32 %r4, %r2, %r1;
          shl.b32 %r5, %r4, 3;
          """
              .repeat(4)
          + """
          add.u32 %r2, %r2, 1;
          setp.lt.u32 %p0, %r2, 500;
          @%p0 bra LOOP;
          """;

  private static final String TENSOR =
      """
      mov.u32 %r4, 0x3F803F80;
      mov.f32 %f1, 0f00000000; mov.f32 %f2, %f1; mov.f32 %f3, %f1; mov.f32 %f4, %f1;
      mov.u32 %r2, 0;
      LOOP:
      """
          + """
          mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1, %f2, %f3, %f4},
            {%r4, %r4, %r4, %r4}, {%r4, %r4}, {%f1, %f2, %f3, %f4};
          """
              .repeat(PRODUCTS)
          + """
          add.u32 %r2, %r2, 1;
          setp.lt.u32 %p0, %r2, 500;
          @%p0 bra LOOP;
          """;

  /** Whether accesses are checked and counted. */
  @Param({"true", "false"})
  public boolean checks;

  /** How products round. */
  @Param({"EXACT_SM90", "FAST"})
  public TensorArithmetic tensorCores;

  private EmulatedGpu gpu;
  private DeviceBuffer data;
  private GpuKernel arithmetic;
  private GpuKernel products;

  /** Opens an emulator of one core. */
  @Setup
  public void open() {
    gpu =
        new EmulatedGpu(
            EmulatorOptions.defaults()
                .withCores(1)
                .withChecks(checks)
                .withTensorArithmetic(tensorCores));
    data = gpu.allocate(16L * BLOCKS * THREADS);
    gpu.stream().clear(data.all());
    arithmetic = gpu.load(kernel(ARITHMETIC));
    products = gpu.load(kernel(TENSOR));
  }

  private static PtxKernel kernel(String body) {
    String text =
        """
        .version 8.0
        .target sm_80
        .address_size 64
        .visible .entry work(.param .u64 x)
        .reqntid 256
        {
          .reg .b32 %r<9>; .reg .f32 %f<9>; .reg .b64 %d<9>; .reg .pred %p<2>;
          ld.param.u64 %d0, [x];
          mov.u32 %r0, %ctaid.x;
          mov.u32 %r3, %tid.x;
          mad.lo.u32 %r1, %r0, 256, %r3;
        """
            + body
            + "ret; }";
    return new PtxKernel(
        "work",
        text,
        List.of(new KernelParameter("x", ParameterType.POINTER)),
        THREADS,
        0,
        PtxTarget.SM_80);
  }

  /** Frees the emulator. */
  @TearDown
  public void close() {
    gpu.close();
  }

  /** Loads and arithmetic. */
  @Benchmark
  @OperationsPerInvocation(BLOCKS * THREADS * ROUNDS * INSTRUCTIONS)
  public void arithmetic() {
    gpu.stream().launch(arithmetic, Grid.of(BLOCKS), data);
  }

  /** Matrix products. */
  @Benchmark
  @OperationsPerInvocation(BLOCKS * THREADS / 32 * ROUNDS * PRODUCTS * FLOPS_OF_PRODUCT)
  public void products() {
    gpu.stream().launch(products, Grid.of(BLOCKS), data);
  }
}
