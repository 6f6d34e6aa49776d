package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.PtxCompiler;
import dev.sifter.kernels.gpu.jcuda.JCudaPtxCompiler;
import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * NVIDIA's own compiler assembles every kernel, as each of its trials and its benchmark launch it,
 * for Ampere and for Hopper: without spilling a register, and within the registers that its
 * occupancy allows.
 */
class NvidiaAssemblyTest {
  /** Registers of a multiprocessor. */
  private static final int REGISTERS = 65_536;

  private static PtxCompiler compiler;

  @BeforeAll
  static void open() {
    try {
      compiler = JCudaPtxCompiler.open();
    } catch (GpuUnavailableException e) {
      abort(e.getMessage());
    }
  }

  static List<KernelEntry> entries() {
    return KernelCatalog.all();
  }

  @ParameterizedTest
  @MethodSource("entries")
  void assemblesWithoutSpills(KernelEntry entry) {
    kernels(entry).parallelStream().forEach(NvidiaAssemblyTest::assemble);
  }

  private static void assemble(Kernel kernel) {
    PtxKernel ptx = kernel.assemble(PtxTarget.SM_80);
    for (PtxTarget gpu : PtxTarget.from(ptx.target())) {
      PtxCompiler.Assembled assembled = compiler.assemble(ptx, gpu);
      String what = ptx.name() + " for " + gpu;
      assertThat(assembled.spillStoreBytes()).as("bytes spilled by " + what).isZero();
      assertThat(assembled.registers())
          .as("registers of " + what)
          .isLessThanOrEqualTo(registerBudget(kernel));
    }
  }

  private static Set<Kernel> kernels(KernelEntry entry) {
    Set<Kernel> kernels = new LinkedHashSet<>(TrialShape.of(entry.benchmark()).kernels());
    entry.trials().forEach(trial -> kernels.addAll(TrialShape.of(trial).kernels()));
    return kernels;
  }

  /**
   * As many as leave room for the threads that hide the latency of memory: half of a
   * multiprocessor's for kernels that stream, fewer where a thread holds a row, sums of several
   * rows, or a block of sums.
   */
  private static int registerBudget(Kernel kernel) {
    int threads =
        switch (kernel) {
          case GemmTensorCore k -> 512;
          case GemmBlocked k -> 512;
          case FlashAttention k -> 256;
          case FlashAttentionQueryGradient k -> 256;
          case FlashAttentionKeyGradient k -> 256;
          case TiledAttention k -> 320;
          case TiledAttentionQueryGradient k -> 256;
          case TiledAttentionKeyGradient k -> 256;
          case DecodeAttention k -> 320;
          case DecodeAttentionTensorCore k -> 256;
          case RmsNormBackward k -> 512;
          case LayerNormBackward k -> 384;
          case Gemv k -> 768;
          case QuantizedGemv k -> 640;
          case RmsNorm k -> 768;
          case LayerNorm k -> 768;
          default -> 1024;
        };
    return Math.min(255, REGISTERS / threads / 8 * 8);
  }
}
