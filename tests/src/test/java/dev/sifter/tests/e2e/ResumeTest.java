package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.TrainingListener;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A run that was interrupted and resumed ends with the very bits of one that was not: order of the
 * data, dropout masks, moments and schedule are functions of the step. Recomputing activations
 * changes no bit either.
 */
class ResumeTest {
  @TempDir static Path folder;
  private static Path model;
  private static Path data;

  /** What stops a run between two checkpoints. */
  private static final class Interruption extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @BeforeAll
  static void makeModel() {
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 20);
  }

  private static SftConfig config(String name, boolean lora) {
    SftConfig config = TinyRun.config(model, data, folder.resolve(name + "-" + lora), lora);
    config.saveStrategy = "steps";
    config.saveSteps = 3;
    config.lrSchedulerType = "cosine";
    config.warmupSteps = 2;
    return config;
  }

  /** In the middle of an epoch of packed rows, with masks drawn, and with each update rule. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"adamw_torch", "adamw_8bit", "sgd", "adafactor", "muon"})
  void resumesPackedRowsWithEveryUpdateRule(String optim) {
    SftConfig straight = packed("straight", optim);
    TinyRun.run(straight, false);
    SftConfig broken = packed("broken", optim);
    assertThatThrownBy(() -> TinyRun.run(broken, false, interruptAfter(5)))
        .isInstanceOf(Interruption.class);
    TinyRun.run(broken, true);
    assertThat(TinyRun.weights(Path.of(broken.outputDir)))
        .isEqualTo(TinyRun.weights(Path.of(straight.outputDir)));
  }

  private static SftConfig packed(String name, String optim) {
    SftConfig config = config("packed-" + name + "-" + optim, true);
    config.packing = true;
    config.maxLength = 64;
    config.perDeviceTrainBatchSize = 1;
    config.optim = optim;
    config.sgdMomentum = optim.equals("sgd") ? 0.9 : 0;
    return config;
  }

  @ParameterizedTest(name = "lora {0}")
  @ValueSource(booleans = {true, false})
  void resumesToTheSameBits(boolean lora) {
    SftConfig straight = config("straight", lora);
    TinyRun.run(straight, false);
    SftConfig broken = config("broken", lora);
    assertThatThrownBy(() -> TinyRun.run(broken, false, interruptAfter(5)))
        .isInstanceOf(Interruption.class);
    TinyRun.run(broken, true);

    Path expected = Path.of(straight.outputDir);
    Path actual = Path.of(broken.outputDir);
    assertThat(TinyRun.weights(actual)).isEqualTo(TinyRun.weights(expected));
    for (String file : new String[] {"optimizer.safetensors", "config.json", "tokenizer.json"}) {
      if (!lora || !file.equals("config.json")) {
        assertThat(actual.resolve("checkpoint-6").resolve(file))
            .hasSameBinaryContentAs(expected.resolve("checkpoint-6").resolve(file));
      }
    }
    assertThat(TinyRun.stepLines(broken)).isEqualTo(TinyRun.stepLines(straight));
  }

  /** The data grows by a record, and two options change: all that is told, and nothing else. */
  @Test
  void tellsWhatHasChanged() {
    Path records = TinyModel.writeConversations(folder.resolve("growing.jsonl"), 20);
    SftConfig config = config("changing", true);
    config.datasetName = List.of(records.toString());
    assertThatThrownBy(() -> TinyRun.run(config, false, interruptAfter(5)))
        .isInstanceOf(Interruption.class);
    try (SftRun same = SftRun.open(config, true)) {
      assertThat(same.changes()).isEmpty();
    }
    TinyModel.writeConversations(records, 21);
    config.learningRate = 1e-3;
    config.lrSchedulerType = "linear";
    try (SftRun changed = SftRun.open(config, true)) {
      assertThat(changed.changes())
          .contains(
              "learning_rate is 0.001; checkpoint-3 had 0.005",
              "lr_scheduler_type is \"linear\"; checkpoint-3 had \"cosine\"",
              "train_rows is 21; checkpoint-3 had 20")
          .hasSize(4)
          .anyMatch(change -> change.startsWith("train_tokens is "));
    }
  }

  private static TrainingListener interruptAfter(int steps) {
    return new TrainingListener() {
      @Override
      public void stepDone(long step, double loss) {
        if (step == steps) {
          throw new Interruption();
        }
      }
    };
  }

  @Test
  void averagesOfTheLogSurviveTheInterruption() {
    SftConfig straight = config("straight-log", true);
    SftConfig broken = config("broken-log", true);
    straight.loggingSteps = 2;
    broken.loggingSteps = 2;
    TinyRun.run(straight, false);
    assertThatThrownBy(() -> TinyRun.run(broken, false, interruptAfter(4)))
        .isInstanceOf(Interruption.class);
    TinyRun.run(broken, true);
    assertThat(TinyRun.stepLines(broken)).isEqualTo(TinyRun.stepLines(straight));
  }

  @ParameterizedTest(name = "lora {0}")
  @ValueSource(booleans = {true, false})
  void gradientCheckpointingChangesNoBit(boolean lora) {
    SftConfig kept = config("kept", lora);
    SftConfig recomputed = config("recomputed", lora);
    recomputed.gradientCheckpointing = true;
    TinyRun.run(kept, false);
    TinyRun.run(recomputed, false);
    assertThat(TinyRun.weights(Path.of(recomputed.outputDir)))
        .isEqualTo(TinyRun.weights(Path.of(kept.outputDir)));
    assertThat(TinyRun.stepLines(recomputed)).isEqualTo(TinyRun.stepLines(kept));
  }
}
