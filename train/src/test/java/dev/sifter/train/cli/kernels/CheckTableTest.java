package dev.sifter.train.cli.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.gpu.emulator.TensorArithmetic;
import dev.sifter.kernels.inspect.Conformance;
import dev.sifter.kernels.inspect.KernelCheck;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckTableTest {

  @Test
  void failuresAreNamedWithTheirTrials() {
    KernelCheck.Outcome good =
        new KernelCheck.Outcome(
            "good",
            List.of(new KernelCheck.TrialOutcome("of 5", 0.25, List.of(), null, Conformance.NONE)));
    KernelCheck.Outcome bad =
        new KernelCheck.Outcome(
            "bad",
            List.of(
                new KernelCheck.TrialOutcome("of 5", 0, List.of(), null, Conformance.NONE),
                new KernelCheck.TrialOutcome(
                    "of 7",
                    Double.POSITIVE_INFINITY,
                    List.of("schedule 1: y[3] is 4, not 5"),
                    null,
                    Conformance.NONE)));

    CheckTable table = new CheckTable(true, List.of(good, bad));
    assertThat(table.hasFailures()).isTrue();
    assertThat(table.text())
        .containsPattern("good +1 +0\\.250 .* ok")
        .containsPattern("bad +2 +∞ .* FAILED")
        .contains("FAILED bad, of 7: schedule 1: y[3] is 4, not 5")
        .contains("2 kernels, 3 trials: 1 kernels FAILED");
    assertThat(table.json().at("/1/ok").asBoolean()).isFalse();
    assertThat(new CheckTable(true, List.of(good)).hasFailures()).isFalse();
  }

  /** An emulated Ampere stands for a GPU: its tensor cores round otherwise than a Hopper's. */
  @Test
  void aDevicesResultsStandBesideTheEmulators() {
    EmulatorOptions ampere =
        EmulatorOptions.defaults().withTensorArithmetic(TensorArithmetic.EXACT_SM80).withSeed(9);
    try (EmulatedGpu device = new EmulatedGpu(ampere);
        KernelCheck check = KernelCheck.onDevice(device, 2)) {
      CheckTable table =
          new CheckTable(
              false, List.of(check.check(KernelCatalog.find("gemm-tensor-core"), done -> {})));
      assertThat(table.text()).containsPattern("gemm-tensor-core +12 .* bitwise +ok");
      assertThat(table.json().at("/0/trials/0/conformance/elements").asLong()).isEqualTo(64 * 64);
      assertThat(table.json().at("/0/trials/0/conformance/different").asLong()).isZero();
    }
  }
}
