package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.library.catalog.TrialMemory;
import java.util.List;

/** The kernels that trials launch, without running anything. */
final class CatalogKernels {
  private CatalogKernels() {}

  /** Each of them once, in the order of their launches. */
  static List<Kernel> of(KernelTrial trial) {
    EmulatorOptions options = EmulatorOptions.defaults().withMemoryBytes(1L << 40);
    try (EmulatedGpu gpu = new EmulatedGpu(options);
        TrialMemory memory = new TrialMemory(gpu, TrialMemory.Purpose.SHAPES, 0)) {
      return trial.setUp().apply(memory).launches().stream()
          .map(Launch::kernel)
          .distinct()
          .toList();
    }
  }
}
