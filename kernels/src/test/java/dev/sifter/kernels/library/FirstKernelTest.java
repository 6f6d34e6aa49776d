package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The first kernel of docs/kernels.md, and what that page says of its loads. */
class FirstKernelTest {
  private static final int THREADS = 256;

  /** y = a·x + y, {@code vector} numbers a thread. */
  private static PtxKernel axpy(int vector) {
    return PtxAssembler.assemble(
        "axpy",
        THREADS,
        PtxTarget.SM_80,
        k -> {
          ElementPointer x = k.input("x", ElementType.F32, vector);
          ElementPointer y = k.output("y", ElementType.F32, vector);
          B32 n = k.size("n");
          F32 a = k.number("a");
          B32 i = k.mad(k.blockX(), THREADS, k.threadIndex());
          k.ifThen(
              k.lt(i, n),
              () -> {
                ElementPointer place = k.at(y, i, vector);
                List<F32> xs = k.load(k.at(x, i, vector), vector);
                List<F32> ys = k.load(place, vector);
                List<F32> sums =
                    IntStream.range(0, vector)
                        .mapToObj(e -> k.fma(a, xs.get(e), ys.get(e)))
                        .toList();
                k.store(place, sums);
              });
        });
  }

  @Test
  void addsAMultiple() {
    assertThat(sectorsPerLoad(1)).isEqualTo(4);
    assertThat(sectorsPerLoad(4)).isEqualTo(16);
  }

  /** Runs it, checks what comes out, and returns how wide its loads are. */
  private static double sectorsPerLoad(int vector) {
    int n = 4096;
    float[] xs = new float[n];
    float[] ys = new float[n];
    float[] expected = new float[n];
    for (int i = 0; i < n; i++) {
      xs[i] = (float) Math.sin(i);
      ys[i] = (float) Math.cos(i);
      expected[i] = Math.fma(2f, xs[i], ys[i]);
    }
    try (EmulatedGpu gpu = EmulatedGpu.open();
        DeviceBuffer x = gpu.allocate(4L * n);
        DeviceBuffer y = gpu.allocate(4L * n)) {
      gpu.stream().copyToDevice(MemorySegment.ofArray(xs), x.all());
      gpu.stream().copyToDevice(MemorySegment.ofArray(ys), y.all());
      Grid grid = Grid.covering(n / vector, THREADS);
      gpu.stream().launch(gpu.load(axpy(vector)), grid, x, y, n / vector, 2f);
      gpu.stream().copyToHost(y.all(), MemorySegment.ofArray(ys));
      gpu.stream().synchronize();
      assertThat(ys).isEqualTo(expected);
      return gpu.lastReport().total().loads().sectorsPerRequest();
    }
  }
}
