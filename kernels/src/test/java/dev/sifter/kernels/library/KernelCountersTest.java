package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.inspect.EmulatedTrial;
import dev.sifter.kernels.inspect.TrialCounts;
import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.library.catalog.KernelTrial;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What kernels move, as the emulator counts it on their first trials: these counts, unlike times,
 * are the same everywhere, so a kernel that gets worse fails here.
 */
class KernelCountersTest {
  private static final double STREAMING = 1.02;

  private static TrialCounts count(KernelEntry entry) {
    return count(entry.trials().getFirst());
  }

  private static TrialCounts count(KernelTrial kernelTrial) {
    try (EmulatedTrial trial = EmulatedTrial.open(kernelTrial, 0)) {
      return TrialCounts.of(TrialShape.of(kernelTrial), trial.runAll());
    }
  }

  static List<KernelEntry> streaming() {
    return KernelCatalog.all().stream().filter(KernelEntry::streams).toList();
  }

  /** Full sectors, each moved once but for what the trial names: no kernel can move fewer. */
  @ParameterizedTest
  @MethodSource("streaming")
  void streamsNoMoreThanItMust(KernelEntry entry) {
    assertThat(count(entry).ofFloor())
        .as("bytes of sectors that %s touches, of the least", entry)
        .isLessThanOrEqualTo(STREAMING);
  }

  static Stream<KernelEntry> activations() {
    return KernelCatalog.all().stream()
        .filter(entry -> entry.name().matches("(activation|gated)-.*"));
  }

  /** The text of a kernel has f and f′; what it does not use of them, the compiler leaves out. */
  @ParameterizedTest
  @MethodSource("activations")
  void carriesOutWhatItSaysOfItsFunction(KernelEntry entry) {
    long stated = (long) TrialShape.of(entry.trials().getFirst()).flops();
    assertThat(count(entry).flops()).isBetween(stated, 2 * stated);
  }

  /** Of kernels whose sums over a block's threads, if any, hardly count. */
  @ParameterizedTest
  @CsvSource({
    "cross-entropy, rows of 151936",
    "adamw, 12288",
    "scale-columns, 4095 rows",
    "rope, 4095 rows"
  })
  void carriesOutWhatItSaysOfAnElement(String name, String shape) {
    List<KernelTrial> trials =
        KernelCatalog.find(name).trials().stream()
            .filter(trial -> trial.label().contains(shape))
            .toList();
    assertThat(trials).isNotEmpty();
    for (KernelTrial trial : trials) {
      double stated = TrialShape.of(trial).flops();
      assertThat(count(trial).flops() / stated).as(trial.label()).isBetween(1.0, 1.06);
    }
  }

  /** GPT-2's vocabulary is odd: two rows of three begin at no multiple of an access. */
  @Test
  void anOddVocabularyTakesWideAccessesToo() {
    KernelTrial odd =
        KernelCatalog.find("cross-entropy").trials().stream()
            .filter(trial -> trial.label().contains("rows of 50257 "))
            .findFirst()
            .orElseThrow();
    TrialCounts counts = count(odd);
    assertThat(counts.ofFloor()).isLessThanOrEqualTo(STREAMING);
    // 16 but for a row's ends; with single elements there would be 2.
    assertThat(counts.sectorsPerLoad()).isGreaterThan(12);
    assertThat(counts.sectorsPerStore()).isGreaterThan(12);
  }

  /** Weights in four bits are read once, and looked up without waiting for a bank. */
  @Test
  void packedWeightsAreReadOnce() {
    KernelTrial plainScales = KernelCatalog.find("gemv-nf4").trials().get(1);
    TrialCounts counts = count(plainScales);
    assertThat(counts.ofFloor()).as(plainScales.label()).isLessThanOrEqualTo(STREAMING);
    assertThat(counts.bankConflicts()).isZero();
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
    assertThat(count(KernelCatalog.find(name)).bankConflicts()).isZero();
  }
}
