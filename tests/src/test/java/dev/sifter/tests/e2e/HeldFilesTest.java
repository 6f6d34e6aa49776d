package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing is open or mapped once a run is closed: Windows would not let such a file go. */
class HeldFilesTest {
  private static final Path MAPS = Path.of("/proc/self/maps");
  private static final Path OPEN = Path.of("/proc/self/fd");

  @TempDir Path folder;

  private Path model;

  @BeforeEach
  void canBeSeen() {
    assumeTrue(Files.exists(MAPS), "skipped: this system does not tell which files are held");
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
  }

  private SftConfig config(boolean lora) {
    Path data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 12);
    SftConfig config = TinyRun.config(model, data, folder.resolve("out"), lora);
    config.datasetPreparedPath = folder.resolve("kept").toString();
    config.evalDataset = config.datasetName;
    config.checkEvalOverlap = false;
    config.evalStrategy = "steps";
    config.evalSteps = 2;
    config.saveStrategy = "steps";
    config.saveSteps = 2;
    return config;
  }

  @ParameterizedTest(name = "lora {0}")
  @ValueSource(booleans = {true, false})
  void aRunHoldsItsFilesOnlyUntilItIsClosed(boolean lora) throws IOException {
    SftConfig config = config(lora);
    config.maxSteps = 4;
    try (SftRun run = SftRun.open(config, false)) {
      assertThat(held()).anyMatch(file -> file.endsWith(".tokens"));
      run.run();
    }
    assertThat(held()).isEmpty();

    config.maxSteps = 6;
    config.loadBestModelAtEnd = true;
    TinyRun.run(config, true);
    assertThat(held()).isEmpty();
  }

  @Test
  void aRunThatIsRefusedHoldsNone() throws IOException {
    SftConfig overlapping = config(true);
    overlapping.checkEvalOverlap = true;
    assertThatThrownBy(() -> SftRun.open(overlapping, false))
        .hasMessageContaining("check_eval_overlap");
    assertThat(held()).isEmpty();

    SftConfig unsuitable = config(true);
    unsuitable.loraModulesToSave = List.of("no_such_module");
    assertThatThrownBy(() -> SftRun.open(unsuitable, false)).hasMessageContaining("no_such_module");
    assertThat(held()).isEmpty();

    SftConfig misspelt = config(true);
    misspelt.lrSchedulerType = "cosinus";
    assertThatThrownBy(() -> SftRun.open(misspelt, false)).hasMessageContaining("cosinus");
    assertThat(held()).isEmpty();
  }

  /** Files of the test's folder that this process has open or mapped. */
  private List<String> held() throws IOException {
    List<String> names = new ArrayList<>();
    for (String line : Files.readAllLines(MAPS)) {
      names.add(line.substring(Math.max(0, line.indexOf('/'))));
    }
    try (Stream<Path> numbers = Files.list(OPEN)) {
      for (Path number : numbers.toList()) {
        // What was open a moment ago, such as this very list, may be closed again.
        if (Files.isSymbolicLink(number)) {
          names.add(Files.readSymbolicLink(number).toString());
        }
      }
    }
    String root = folder.toRealPath().toString();
    return names.stream().filter(name -> name.startsWith(root)).toList();
  }
}
