package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.KernelParameter;
import dev.sifter.kernels.ptx.ParameterType;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Runs pieces of PTX on the emulator.
 *
 * <p>A piece finds in {@code %r0} the thread's number within the block, in {@code %d0} and {@code
 * %d1} the addresses of an input and an output of 32-bit words, in {@code %d2} and {@code %d3}
 * those of the thread's own words in them (by its number in the grid), in {@code %d4} the address
 * of scratch memory that nobody has written. It may use registers {@code %r1} to {@code %r99},
 * {@code %f}, {@code %d5} and so on, {@code %p}, {@code %h}, and shared memory {@code smem}.
 */
final class PtxLab {
  /** Line of the text at which a piece begins. */
  static final int FIRST_LINE = 21;

  /** A piece that takes so long that several cores share the blocks of a launch. */
  static final String BUSY =
      """
      mov.u32 %r97, 0;
      BUSY:
      add.u32 %r97, %r97, 1;
      setp.lt.u32 %p19, %r97, 40000;
      @%p19 bra BUSY;
      """;

  private static final int SCRATCH_BYTES = 4096;

  private PtxLab() {}

  /** A kernel around a piece. */
  static PtxKernel kernel(int threads, int sharedBytes, String piece) {
    return kernel(PtxTarget.SM_80, threads, sharedBytes, piece);
  }

  /** A kernel for some GPU around a piece. */
  static PtxKernel kernel(PtxTarget target, int threads, int sharedBytes, String piece) {
    String text =
        """
        .version 8.0
        .target %s
        .address_size 64
        .extern .shared .align 1024 .b8 smem[];
        .visible .entry piece(.param .u64 in, .param .u64 out, .param .u64 scratch)
        .reqntid %d
        {
          .reg .b32 %%r<100>;
          .reg .f32 %%f<100>;
          .reg .b64 %%d<40>;
          .reg .b16 %%h<20>;
          .reg .pred %%p<20>;
          ld.param.u64 %%d0, [in];
          ld.param.u64 %%d1, [out];
          ld.param.u64 %%d4, [scratch];
          mov.u32 %%r0, %%tid.x;
          mov.u32 %%r99, %%ctaid.x;
          mad.lo.u32 %%r98, %%r99, %d, %%r0;
          mad.wide.u32 %%d2, %%r98, 4, %%d0;
          mad.wide.u32 %%d3, %%r98, 4, %%d1;
        """
                .formatted(target.ptxName(), threads, threads)
            + piece
            + "\n  ret;\n}\n";
    return new PtxKernel(
        "piece",
        text,
        List.of(
            new KernelParameter("in", ParameterType.POINTER),
            new KernelParameter("out", ParameterType.POINTER),
            new KernelParameter("scratch", ParameterType.POINTER)),
        threads,
        sharedBytes,
        target);
  }

  /** Runs a piece on one warp; the output has a word for every thread. */
  static int[] run(String piece, int... in) {
    return run(EmulatorOptions.defaults(), kernel(32, 1024, piece), 1, 32, in);
  }

  /** Runs a kernel that writes {@code outputs} words. */
  static int[] run(EmulatorOptions options, PtxKernel kernel, int blocks, int outputs, int... in) {
    try (EmulatedGpu gpu = new EmulatedGpu(options)) {
      return run(gpu, kernel, blocks, outputs, in);
    }
  }

  /** The same on a device that is open. */
  static int[] run(EmulatedGpu gpu, PtxKernel kernel, int blocks, int outputs, int... in) {
    try (DeviceBuffer input = gpu.allocate(4L * Math.max(1, in.length));
        DeviceBuffer output = gpu.allocate(4L * outputs);
        DeviceBuffer scratch = gpu.allocate(SCRATCH_BYTES)) {
      gpu.stream().copyToDevice(MemorySegment.ofArray(in), input.slice(0, 4L * in.length));
      gpu.stream().launch(gpu.load(kernel), Grid.of(blocks), input, output, scratch);
      int[] out = new int[outputs];
      gpu.stream().copyToHost(output.all(), MemorySegment.ofArray(out));
      return out;
    }
  }

  /** 0, 1, 2, … */
  static int[] counting(int count) {
    int[] numbers = new int[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = i;
    }
    return numbers;
  }

  /** The bits of floats. */
  static int[] bits(float... values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }
}
