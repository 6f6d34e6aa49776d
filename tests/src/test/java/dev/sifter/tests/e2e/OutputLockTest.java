package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two runs must not write into one folder at the same time. */
class OutputLockTest {
  @TempDir static Path folder;
  private static Path model;
  private static Path data;

  @BeforeAll
  static void makeModel() {
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 8);
  }

  private static SftConfig config(String name) {
    SftConfig config = TinyRun.config(model, data, folder.resolve(name), true);
    config.maxSteps = 1;
    return config;
  }

  @Test
  void theSecondOfTwoRunsIsRefusedAndHarmsNothing() {
    SftConfig config = config("one");
    try (SftRun first = SftRun.open(config, false)) {
      assertThatThrownBy(() -> SftRun.open(config, false).close())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("another run", config.outputDir, "output_dir");
      first.run();
    }
    assertThat(Path.of(config.outputDir, "log.jsonl")).exists();
    assertThat(Path.of(config.outputDir, ".running")).doesNotExist();
    TinyRun.run(config, false);
  }

  @Test
  void aRefusedRunLeavesNoFolder() {
    SftConfig config = config("refused");
    config.datasetName = List.of(folder.resolve("absent.jsonl").toString());
    assertThatThrownBy(() -> SftRun.open(config, false).close()).hasMessageContaining("absent");
    assertThat(Files.exists(Path.of(config.outputDir))).isFalse();
  }
}
