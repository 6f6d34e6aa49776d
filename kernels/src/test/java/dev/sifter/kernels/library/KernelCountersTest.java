package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.Work;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.library.catalog.Trial;
import dev.sifter.kernels.library.catalog.TrialMemory;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What kernels move, as the emulator counts it on their first trials: these counts, unlike times,
 * are the same everywhere, so a kernel that gets worse fails here.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KernelCountersTest {
  private static final int SECTOR = 32;
  private static final double STREAMING = 1.02;

  private EmulatedGpu gpu;

  @BeforeAll
  void open() {
    gpu = EmulatedGpu.open();
  }

  @AfterAll
  void close() {
    gpu.close();
  }

  /** Sums over a trial's launches. */
  private record Counts(long sectorBytes, long bankConflicts, Trial trial) {}

  private Counts count(KernelEntry entry) {
    LoadedKernels kernels = new LoadedKernels(gpu, PtxTarget.SM_80);
    try (TrialMemory memory = new TrialMemory(gpu, TrialMemory.Purpose.COMPARE, 1)) {
      Trial trial = entry.trials().getFirst().setUp().apply(memory);
      long sectors = 0;
      long conflicts = 0;
      for (Launch launch : trial.launches()) {
        kernels.run(gpu.stream(), List.of(launch));
        Work work = gpu.lastReport().total();
        sectors += work.loads().sectors() + work.stores().sectors();
        conflicts += work.bankConflicts();
      }
      return new Counts(SECTOR * sectors, conflicts, trial);
    }
  }

  static List<KernelEntry> streaming() {
    return KernelCatalog.all().stream().filter(KernelEntry::streams).toList();
  }

  /** Full sectors, each moved once but for what the trial names: no kernel can move fewer. */
  @ParameterizedTest
  @MethodSource("streaming")
  void streamsNoMoreThanItMust(KernelEntry entry) {
    Counts counts = count(entry);
    long floor = counts.trial.leastBytes() + counts.trial.rereadBytes();
    assertThat((double) counts.sectorBytes)
        .as("bytes of sectors that %s touches, of %d", entry, floor)
        .isLessThanOrEqualTo(STREAMING * floor);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gemm-tiled",
        "gemm-blocked",
        "gemm-tensor-core",
        "flash-attention",
        "flash-attention-backward",
        "column-sum",
        "cross-entropy"
      })
  void hasNoBankConflicts(String name) {
    assertThat(count(KernelCatalog.find(name)).bankConflicts).isZero();
  }
}
