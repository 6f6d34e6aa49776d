package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.train.sft.SftConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NEFTune's noise changes a run, is the same at every run, and survives a resume. */
class NoiseTest {
  @TempDir static Path folder;
  private static Path model;
  private static Path data;

  @BeforeAll
  static void makeModel() {
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 20);
  }

  private static SftConfig config(String name, Double alpha) {
    SftConfig config = TinyRun.config(model, data, folder.resolve(name), true);
    config.neftuneNoiseAlpha = alpha;
    config.saveStrategy = "steps";
    config.saveSteps = 3;
    config.lrSchedulerType = "constant";
    return config;
  }

  private static byte[] train(SftConfig config, boolean resume) {
    TinyRun.run(config, resume);
    return TinyRun.weights(Path.of(config.outputDir));
  }

  @Test
  void theNoiseIsAFunctionOfTheSeedAndTheStep() {
    byte[] plain = train(config("plain", null), false);
    byte[] noisy = train(config("noisy", 5.0), false);
    assertThat(noisy).isNotEqualTo(plain);
    assertThat(train(config("again", 5.0), false)).isEqualTo(noisy);
    assertThat(train(config("zero", 0.0), false)).isEqualTo(plain);

    SftConfig broken = config("broken", 5.0);
    broken.maxSteps = 3;
    TinyRun.run(broken, false);
    broken.maxSteps = 6;
    assertThat(train(broken, true)).isEqualTo(noisy);
  }
}
