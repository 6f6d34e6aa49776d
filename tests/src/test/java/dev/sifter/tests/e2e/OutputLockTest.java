package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.train.cli.Main;
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

  /** A process that lets a second run fail still keeps others out. */
  @Test
  void anotherProcessIsRefusedAfterASecondRunWas() throws Exception {
    SftConfig config = config("held");
    Path yaml = folder.resolve("held.yaml");
    Files.writeString(
        yaml,
        "{model_name_or_path: %s, dataset_name: %s, output_dir: %s}"
            .formatted(model, data, config.outputDir));
    try (SftRun first = SftRun.open(config, false)) {
      assertThatThrownBy(() -> SftRun.open(config, false).close()).hasMessageContaining("another");
      Path log = folder.resolve("held.log");
      Process other = ChildJvm.start(log, Main.class, "sft", yaml.toString());
      assertThat(other.waitFor()).isEqualTo(1);
      assertThat(log).content().contains("another run writes to " + config.outputDir);
      first.run();
    }
  }

  @Test
  void aRefusedRunLeavesNoFolder() {
    SftConfig config = config("refused");
    config.datasetName = List.of(folder.resolve("absent.jsonl").toString());
    assertThatThrownBy(() -> SftRun.open(config, false).close()).hasMessageContaining("absent");
    assertThat(Files.exists(Path.of(config.outputDir))).isFalse();
  }
}
