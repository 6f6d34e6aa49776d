package dev.sifter.train.cli.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import org.junit.jupiter.api.Test;

class TimeTableTest {

  /** The emulator stands for a GPU: its clock is that of this machine. */
  @Test
  void rowsAreTimesAndRates() {
    KernelEntry scale = KernelCatalog.find("scale");
    KernelEntry small =
        new KernelEntry(
            "small", "a scale", scale.trials(), scale.trials().getFirst(), scale.streams());
    EmulatorOptions options = EmulatorOptions.defaults().withMemoryBytes(16 << 20).withCores(1);
    try (EmulatedGpu gpu = new EmulatedGpu(options)) {
      TimeTable table = new TimeTable(gpu);
      table.add(small);

      assertThat(table.text())
          .containsPattern("small +[\\d.,]+ +[\\d.,]+ +[\\d.,]+ +\\d+ +\\d+ %")
          .contains("emulator; the device's copy reads and writes", "of 30 samples");
      JsonNode row = table.json().at("/kernels/0");
      double seconds = row.get("median_micros").asDouble() * 1e-6;
      assertThat(seconds).isPositive();
      assertThat(row.get("least_micros").asDouble() * 1e-6).isLessThanOrEqualTo(seconds);
      assertThat(row.get("most_micros").asDouble() * 1e-6).isGreaterThanOrEqualTo(seconds);
      // So many copies that 64 of them, the most there are, do not fill a cache of 50 MiB.
      assertThat(row.get("copies").asInt()).isEqualTo(64);
      assertThat(row.get("runs_per_sample").asInt() % 64).isZero();
      double rate = row.get("least_bytes").asLong() / seconds * 1e-9;
      assertThat(row.get("gigabytes_per_second").asDouble() / rate).isBetween(0.999, 1.001);
    }
  }
}
