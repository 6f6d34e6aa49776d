package dev.sifter.kernels.library.first;

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
import java.util.ArrayList;
import java.util.List;

/** The kernel of "Your first kernel" in docs/kernels.md, which quotes these methods. */
final class FirstKernel {
  private FirstKernel() {}

  /** y = a·x + y, a number a thread. */
  static PtxKernel axpy() {
    return PtxAssembler.assemble(
        "axpy",
        256, // threads of a block
        PtxTarget.SM_80,
        k -> {
          ElementPointer x = k.input("x", ElementType.F32, 1); // parameters, in order
          ElementPointer y = k.output("y", ElementType.F32, 1);
          B32 n = k.size("n");
          F32 a = k.number("a");

          B32 i = k.mad(k.blockX(), 256, k.threadIndex()); // blockIdx.x * 256 + threadIdx.x
          k.ifThen(
              k.lt(i, n),
              () -> {
                F32 old = k.loadOne(k.at(y, i, 1));
                k.store(k.at(y, i, 1), k.fma(a, k.loadOne(k.at(x, i, 1)), old));
              });
        });
  }

  /** Runs it on the emulator for n numbers, and prints what it did. */
  static float[] run(PtxKernel axpy, float a, float[] x, float[] y, int n) {
    float[] result = new float[y.length];
    try (EmulatedGpu gpu = EmulatedGpu.open();
        DeviceBuffer onDeviceX = gpu.allocate(4L * x.length);
        DeviceBuffer onDeviceY = gpu.allocate(4L * y.length)) {
      gpu.stream().copyToDevice(MemorySegment.ofArray(x), onDeviceX.all());
      gpu.stream().copyToDevice(MemorySegment.ofArray(y), onDeviceY.all());
      gpu.stream().launch(gpu.load(axpy), Grid.covering(n, 256), onDeviceX, onDeviceY, n, a);
      gpu.stream().copyToHost(onDeviceY.all(), MemorySegment.ofArray(result));
      gpu.stream().synchronize();
      System.out.println(gpu.lastReport());
    }
    return result;
  }

  /** The same in vectors of four numbers a thread. */
  static PtxKernel wideAxpy() {
    return PtxAssembler.assemble(
        "axpy_wide",
        256,
        PtxTarget.SM_80,
        k -> {
          ElementPointer x = k.input("x", ElementType.F32, 4); // at multiples of 16 bytes
          ElementPointer y = k.output("y", ElementType.F32, 4);
          B32 vectors = k.size("vectors");
          F32 a = k.number("a");

          B32 i = k.mad(k.blockX(), 256, k.threadIndex());
          k.ifThen(
              k.lt(i, vectors),
              () -> {
                List<F32> xs = k.load(k.at(x, i, 4), 4);
                List<F32> ys = k.load(k.at(y, i, 4), 4);
                List<F32> sums = new ArrayList<>();
                for (int e = 0; e < 4; e++) { // a Java loop: it unrolls
                  sums.add(k.fma(a, xs.get(e), ys.get(e)));
                }
                k.store(k.at(y, i, 4), sums);
              });
        });
  }

  /** Does not assemble. */
  static PtxKernel writesIntoItsInput() {
    return PtxAssembler.assemble(
        "axpy",
        256,
        PtxTarget.SM_80,
        k -> {
          ElementPointer x = k.input("x", ElementType.F32, 1);
          k.store(k.at(x, k.threadIndex(), 1), k.number("a"));
        });
  }
}
