package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.gpu.PtxCompiler;
import dev.sifter.kernels.gpu.jcuda.JCudaGpu;
import dev.sifter.kernels.gpu.jcuda.JCudaPtxCompiler;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The emulator's instructions against NVIDIA's assembler, and against a device. */
class ConformanceTest {
  private static final int[] EDGES = {
    0,
    1,
    -1,
    2,
    31,
    32,
    33,
    63,
    64,
    0x7fffffff,
    0x80000000,
    0x3f800000,
    0xbf800000,
    0x7f800000,
    0xff800000,
    0x7fc00000,
    0x00000001,
    0x80000001,
    0x007fffff,
    0x7f7fffff,
    0x4b800001,
    0x3f808000
  };

  private static List<String> all() {
    return Stream.of(InstructionForms.EXACT, InstructionForms.APPROXIMATE, InstructionForms.MEMORY)
        .flatMap(List::stream)
        .toList();
  }

  @Test
  void theEmulatorKnowsAllForms() {
    for (String form : all()) {
      assertThatCode(() -> Decoder.decode(InstructionForms.kernel(List.of(form))))
          .as(form)
          .doesNotThrowAnyException();
    }
  }

  @Test
  void whatTheEmulatorKnowsIsPtx() {
    PtxCompiler compiler;
    try {
      compiler = JCudaPtxCompiler.open();
    } catch (GpuUnavailableException unavailable) {
      abort(unavailable.getMessage());
      return;
    }
    for (PtxTarget target : PtxTarget.values()) {
      assertThat(compiler.assemble(InstructionForms.kernel(all()), target).registers())
          .isPositive();
    }
  }

  @Test
  @Tag("gpu")
  void aDeviceComputesTheSameBits() {
    List<String> different = new ArrayList<>();
    compare(InstructionForms.EXACT, different);
    compare(InstructionForms.APPROXIMATE, different);
    assertThat(different).isEmpty();
  }

  private static void compare(List<String> forms, List<String> different) {
    int[] in = new int[32 * InstructionForms.WORDS];
    try (EmulatedGpu emulator = EmulatedGpu.open();
        Gpu device = device()) {
      for (String form : forms) {
        PtxKernel kernel = InstructionForms.kernel(List.of(form));
        for (int round = 0; round < 32; round++) {
          Random random = new Random(round);
          for (int i = 0; i < in.length; i++) {
            in[i] = random.nextBoolean() ? random.nextInt() : EDGES[random.nextInt(EDGES.length)];
          }
          int[] expected = run(emulator, kernel, in);
          int[] actual = run(device, kernel, in);
          for (int i = 0; i < expected.length; i++) {
            if (!isAllowed(form, expected[i], actual[i])) {
              different.add(
                  "%s lane %d word %d: %08x, device %08x"
                      .formatted(form, i / 6, i % 6, expected[i], actual[i]));
            }
          }
        }
      }
    }
  }

  private static Gpu device() {
    try {
      return JCudaGpu.open(0);
    } catch (GpuUnavailableException unavailable) {
      return abort(unavailable.getMessage());
    }
  }

  private static int[] run(Gpu gpu, PtxKernel kernel, int[] in) {
    try (DeviceBuffer input = gpu.allocate(4L * in.length);
        DeviceBuffer output = gpu.allocate(4L * in.length);
        DeviceBuffer scratch = gpu.allocate(1024)) {
      gpu.stream().copyToDevice(MemorySegment.ofArray(in), input.all());
      gpu.stream().clear(scratch.all());
      gpu.stream().launch(gpu.load(kernel), Grid.of(1), input, output, scratch);
      int[] out = new int[in.length];
      gpu.stream().copyToHost(output.all(), MemorySegment.ofArray(out));
      gpu.stream().synchronize();
      return out;
    }
  }

  /**
   * The same bits, or what the PTX ISA allows an approximation: 2⁻²² of the result, which is a bit
   * of a subnormal one; of a logarithm near 1, where it vanishes, 2⁻²² itself.
   */
  private static boolean isAllowed(String form, int expected, int actual) {
    if (expected == actual) {
      return true;
    }
    float wanted = Float.intBitsToFloat(expected);
    float difference = Math.abs(Float.intBitsToFloat(actual) - wanted);
    boolean nearOne = form.startsWith("lg2") && Math.abs(wanted) < 1;
    float size = nearOne ? 1 : Math.max(Math.abs(wanted), Float.MIN_NORMAL);
    return form.contains(".approx") && difference <= 0x1p-22f * size;
  }
}
