package dev.sifter.kernels.inspect;

import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.library.Kernel;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.library.catalog.Trial;
import dev.sifter.kernels.library.catalog.TrialMemory;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.Comparator;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * What a trial would launch, and what it must do at least. Nothing runs, and no memory of the
 * trial's size is taken: the launches' arguments are closed.
 *
 * @param label shapes and types
 * @param launches in order
 * @param leastBytes bytes that must be read or written in device memory
 * @param rereadBytes bytes that are read again while they are in a cache
 * @param flops floating-point operations of the formula
 */
public record TrialShape(
    String label, List<Launch> launches, long leastBytes, long rereadBytes, double flops) {
  private static final long ENDLESS_MEMORY = 1L << 50;

  /** Looks at a trial. */
  public static TrialShape of(KernelTrial kernelTrial) {
    EmulatorOptions options = EmulatorOptions.defaults().withMemoryBytes(ENDLESS_MEMORY);
    try (EmulatedGpu gpu = new EmulatedGpu(options);
        TrialMemory memory = new TrialMemory(gpu, TrialMemory.Purpose.SHAPES, 0)) {
      Trial trial = kernelTrial.setUp().apply(memory);
      return new TrialShape(
          kernelTrial.label(),
          trial.launches(),
          trial.leastBytes(),
          trial.rereadBytes(),
          trial.flops());
    }
  }

  /** The kernels, each once, in the order of their launches. */
  public List<Kernel> kernels() {
    return launches.stream().map(Launch::kernel).distinct().toList();
  }

  /** The least GPU that runs all of them. */
  public PtxTarget target() {
    return launches.stream()
        .map(launch -> launch.kernel().target())
        .reduce(PtxTarget.SM_80, BinaryOperator.maxBy(Comparator.naturalOrder()));
  }
}
