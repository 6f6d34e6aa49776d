package dev.sifter.kernels.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.emulator.EmulatorReport;
import dev.sifter.kernels.library.Kernel;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KernelFactsTest {

  static List<KernelEntry> entries() {
    return KernelCatalog.all();
  }

  /** What {@code sifter kernels show} prints beside the numbers. */
  @ParameterizedTest
  @MethodSource("entries")
  void everyKernelIsDescribedAndItsLinesAreFound(KernelEntry entry) {
    for (Kernel kernel : TrialShape.of(entry.trials().getFirst()).kernels()) {
      assertThat(KernelSource.description(kernel))
          .as("description of %s", kernel)
          .isNotBlank()
          .doesNotContain("{@", "<p>", "&lt;", "<pre>");
      KernelFacts facts = KernelFacts.of(kernel, PtxTarget.SM_80);
      assertThat(facts.sources()).isNotEmpty();
      assertThat(facts.sources().stream().mapToInt(KernelFacts.Source::instructions).sum())
          .isEqualTo(facts.instructions());
    }
  }

  @Test
  void linesOfTheReportAreThoseOfTheSource() {
    KernelEntry entry = KernelCatalog.find("gemm-tiled");
    EmulatorReport report;
    try (EmulatedTrial trial = EmulatedTrial.open(entry.trials().getFirst(), 0)) {
      report = trial.runAll().getFirst();
    }
    assertThat(report.lines())
        .allSatisfy(line -> assertThat(KernelSource.line(line.where())).isNotBlank());
    assertThat(report.text(KernelSource::line)).contains("  k.barrier();");
  }

  /** By hand: registers of a warp in pieces of 256, shared memory and 1 KiB a block. */
  @Test
  void occupancyIsThatOfTheTable() {
    assertThat(Occupancy.blocks(PtxTarget.SM_80, 1024, 32, 0)).isEqualTo(2);
    assertThat(Occupancy.blocks(PtxTarget.SM_80, 1024, 33, 0)).isEqualTo(1);
    assertThat(Occupancy.blocks(PtxTarget.SM_80, 32, 16, 0)).isEqualTo(32);
    assertThat(Occupancy.blocks(PtxTarget.SM_80, 256, 255, 0)).isEqualTo(1);
    assertThat(Occupancy.blocks(PtxTarget.SM_80, 128, 168, 0)).isEqualTo(3);
    assertThat(Occupancy.blocks(PtxTarget.SM_80, 128, 32, 80 << 10)).isEqualTo(2);
    assertThat(Occupancy.blocks(PtxTarget.SM_80, 128, 32, 82 << 10)).isEqualTo(1);
    assertThat(Occupancy.blocks(PtxTarget.SM_90A, 128, 32, 75 << 10)).isEqualTo(3);
  }

  @Test
  void aShapeTakesNoMemory() {
    TrialShape shape = TrialShape.of(KernelCatalog.find("gemm-tensor-core").benchmark());
    assertThat(shape.leastBytes()).isEqualTo(3L * 8192 * 8192 * 2);
    assertThat(shape.flops()).isEqualTo(2 * Math.pow(8192, 3));
    assertThat(Card.H100.bound(shape, true).isByMemory()).isFalse();
    assertThat(Card.H100.bound(shape, true).seconds()).isBetween(1.11e-3, 1.12e-3);
  }
}
