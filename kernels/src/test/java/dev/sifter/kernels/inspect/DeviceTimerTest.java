package dev.sifter.kernels.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The emulator's clock is that of this machine, so only what is timed is tested, not how long. */
class DeviceTimerTest {
  private static final EmulatorOptions SMALL =
      EmulatorOptions.defaults().withMemoryBytes(16 << 20).withCores(1);

  @Test
  void copiesTakeTurns() {
    try (EmulatedGpu gpu = new EmulatedGpu(SMALL);
        DeviceBuffer buffer = gpu.allocate(4 << 20)) {
      List<Integer> order = new ArrayList<>();
      List<Runnable> turns = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int turn = i;
        turns.add(
            () -> {
              order.add(turn);
              gpu.stream().clear(buffer.all());
            });
      }
      DeviceTimer.Timing timing = new DeviceTimer(gpu, PtxTarget.SM_80).time(turns);

      assertThat(timing.copies()).isEqualTo(3);
      assertThat(timing.runs() % 3).isZero();
      // Once for what is made at the first use, once to see how long it takes, once captured.
      assertThat(order).hasSize(6 + timing.runs());
      for (int i = 0; i < order.size(); i++) {
        assertThat(order.get(i)).isEqualTo(i % 3);
      }
      assertThat(timing.leastSeconds()).isPositive();
      assertThat(timing.medianSeconds()).isBetween(timing.leastSeconds(), timing.mostSeconds());
    }
  }

  @Test
  void theCopyIsCountedTwice() {
    try (EmulatedGpu gpu = new EmulatedGpu(SMALL)) {
      assertThat(new DeviceTimer(gpu, PtxTarget.SM_80).copyBytesPerSecond()).isBetween(1e6, 1e13);
      assertThat(gpu.freeBytes()).isEqualTo(16 << 20);
    }
  }
}
