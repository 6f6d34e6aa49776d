package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.library.catalog.TrialCheck;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kernel of the catalog, on the emulator with all its checks: each trial gives what its
 * formula says, and the same bits whatever the order in which blocks and warps run.
 */
@Execution(ExecutionMode.CONCURRENT)
class KernelTrialsTest {
  /** Seeds of schedules that are not in the order of numbers. */
  private static final int[] SHUFFLED = {1, 2, 3};

  private static final long INPUT_SEED = 42;

  private final List<EmulatedGpu> gpus = new ArrayList<>();
  private final List<LoadedKernels> kernels = new ArrayList<>();

  /** For each kernel anew: devices keep every program that they have loaded. */
  @BeforeEach
  void open() {
    for (long seed = 0; seed <= SHUFFLED.length; seed++) {
      EmulatedGpu gpu = new EmulatedGpu(EmulatorOptions.defaults().withSeed(seed));
      gpus.add(gpu);
      kernels.add(new LoadedKernels(gpu, PtxTarget.SM_80));
    }
  }

  @AfterEach
  void close() {
    gpus.forEach(EmulatedGpu::close);
    gpus.clear();
    kernels.clear();
  }

  static List<KernelEntry> entries() {
    return KernelCatalog.all();
  }

  @ParameterizedTest
  @MethodSource("entries")
  void givesWhatItsFormulaSaysUnderAnySchedule(KernelEntry entry) {
    for (KernelTrial trial : entry.trials()) {
      TrialCheck inOrder = TrialCheck.run(trial, gpus.getFirst(), kernels.getFirst(), INPUT_SEED);
      assertThat(inOrder.failures()).as(trial.label()).isEmpty();
      for (int schedule : SHUFFLED) {
        // Under one of them, arrays begin where 16 divides their address, but 128 does not.
        int offset = schedule == 1 ? 16 : 0;
        assertThat(
                TrialCheck.bytes(
                    trial, gpus.get(schedule), kernels.get(schedule), INPUT_SEED, offset))
            .as("%s, schedule %d", trial.label(), schedule)
            .usingElementComparator(Arrays::compare)
            .isEqualTo(inOrder.bytes());
      }
    }
  }
}
