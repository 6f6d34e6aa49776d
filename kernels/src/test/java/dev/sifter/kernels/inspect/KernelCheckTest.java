package dev.sifter.kernels.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.gpu.emulator.TensorArithmetic;
import dev.sifter.kernels.library.Kernel;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.library.catalog.Tolerance;
import dev.sifter.kernels.library.catalog.Trial;
import dev.sifter.kernels.library.catalog.TrialArray;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelCheckTest {

  /** x = x + 1, by a block of 64 threads; whether or not there are so many numbers. */
  private record Increment() implements Kernel {
    @Override
    public int threadsPerBlock() {
      return 64;
    }

    @Override
    public void emit(PtxAssembler k) {
      ElementPointer x = k.output("x", ElementType.F32, 1);
      B32 i = k.mad(k.blockX(), 64, k.threadIndex());
      k.store(k.at(x, i, 1), k.add(k.loadOne(k.at(x, i, 1)), k.constant(1f)));
    }
  }

  /** Of a kernel that adds 1, whatever the formula says. */
  private static KernelEntry entry(int count, double formula, long leastBytes) {
    KernelTrial trial =
        new KernelTrial(
            count + " numbers",
            memory -> {
              TrialArray x = memory.of(ElementType.F32, count, i -> i);
              Launch launch =
                  new Launch(new Increment(), Grid.covering(count, 64), List.of(x.array().slice()));
              return new Trial(List.of(launch))
                  .expect("x", x, i -> i + formula, Tolerance.exact("small whole numbers"))
                  .work(leastBytes, count);
            });
    return new KernelEntry("increment", "x = x + 1", List.of(trial), trial, true);
  }

  private static KernelCheck.Outcome check(KernelEntry entry) {
    try (KernelCheck check = KernelCheck.onEmulator(2)) {
      return check.check(entry, done -> assertThat(done).isPositive());
    }
  }

  @Test
  void aGoodKernelPassesAndIsCounted() {
    KernelCheck.Outcome outcome = check(entry(128, 1, 2 * 4 * 128));
    assertThat(outcome.failures()).isEmpty();
    assertThat(outcome.worst()).isZero();
    TrialCounts counts = outcome.trials().getFirst().counts();
    assertThat(counts.sectorBytes()).isEqualTo(2 * 4 * 128);
    assertThat(counts.ofFloor()).isEqualTo(1);
    // A warp's 32 words are four sectors.
    assertThat(counts.sectorsPerLoad()).isEqualTo(4);
    assertThat(counts.sectorsPerStore()).isEqualTo(4);
    assertThat(counts.flops()).isEqualTo(128);
  }

  @Test
  void aWrongFormulaIsSeenUnderTheFirstSchedule() {
    assertThat(check(entry(128, 2, 1024)).failures())
        .singleElement()
        .asString()
        .startsWith("128 numbers: schedule 0: x[0] is 1.0, not 2.0");
  }

  @Test
  void aFaultIsTold() {
    KernelCheck.Outcome outcome = check(entry(100, 1, 800));
    assertThat(outcome.failures())
        .singleElement()
        .asString()
        .contains("schedule 0: access of 4 bytes at offset ", "beyond its end")
        .contains("in kernel increment at KernelCheckTest.java:");
    assertThat(outcome.trials().getFirst().counts()).isNull();
  }

  @Test
  void aKernelThatStreamsMayNotMoveMore() {
    assertThat(check(entry(128, 1, 1000)).failures())
        .containsExactly(
            "128 numbers: 1024 bytes of sectors touched; 1000 would do, and 1.02 times that is"
                + " allowed");
  }

  /** The emulator of the one card's tensor cores stands in for a device with the other's. */
  @Test
  void aDeviceThatRoundsOtherwiseIsTold() {
    KernelEntry product = KernelCatalog.find("gemm-tensor-core");
    EmulatorOptions fast =
        EmulatorOptions.defaults().withTensorArithmetic(TensorArithmetic.FAST).withSeed(3);
    try (EmulatedGpu device = new EmulatedGpu(fast);
        KernelCheck check = KernelCheck.onDevice(device, 2)) {
      KernelCheck.Outcome outcome = check.check(product, done -> {});
      assertThat(outcome.failures()).isEmpty();
      assertThat(outcome.conformance().isBitwise()).isFalse();
      assertThat(outcome.conformance().elements()).isGreaterThan(64 * 64);

      assertThat(check.check(KernelCatalog.find("scale"), done -> {}).conformance().isBitwise())
          .isTrue();
    }
  }
}
