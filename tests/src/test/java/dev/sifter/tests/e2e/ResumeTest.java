package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.TrainingListener;
import dev.sifter.train.trainer.TrainingSummary;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A run that was interrupted and resumed ends with the very bits of one that was not: order of the
 * data, dropout masks, moments and schedule are functions of the step. Recomputing activations
 * changes no bit either.
 */
class ResumeTest {
  @TempDir static Path folder;
  private static Path model;
  private static Path dropping;
  private static Path data;

  /** What stops a run between two checkpoints. */
  private static final class Interruption extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @BeforeAll
  static void makeModel() {
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
    dropping = TinyModel.SMALLEST.write(folder.resolve("dropping"));
    ObjectNode json = Json.readObject(dropping.resolve("config.json"));
    Json.write(dropping.resolve("config.json"), json.put("attention_dropout", 0.2));
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

  /**
   * In the middle of an epoch of packed rows, with masks drawn of adapters and attention, and with
   * each update rule; only the whole model's tensors are large enough for moments in 8 bits.
   */
  @ParameterizedTest(name = "{0}, lora {1}")
  @CsvSource({
    "adamw_torch,true", "adamw_8bit,true", "sgd,true", "adafactor,true", "muon,true",
    "adamw_torch,false", "adamw_8bit,false", "sgd,false", "adafactor,false", "muon,false"
  })
  void resumesPackedRowsWithEveryUpdateRule(String optim, boolean lora) {
    SftConfig straight = packed("straight", optim, lora);
    TrainingSummary whole = TinyRun.run(straight, false);
    SftConfig broken = packed("broken", optim, lora);
    assertThatThrownBy(() -> TinyRun.run(broken, false, interruptAfter(5)))
        .isInstanceOf(Interruption.class);
    TrainingSummary resumed = TinyRun.run(broken, true);
    assertThat(resumed.trainLoss()).isEqualTo(whole.trainLoss());
    assertThat(TinyRun.run(broken, true).trainLoss())
        .as("nothing left")
        .isEqualTo(whole.trainLoss());
    assertThat(TinyRun.weights(Path.of(broken.outputDir)))
        .isEqualTo(TinyRun.weights(Path.of(straight.outputDir)));
    assertThat(TinyRun.stepLines(broken)).isEqualTo(TinyRun.stepLines(straight));
  }

  private static SftConfig packed(String name, String optim, boolean lora) {
    SftConfig config = config("packed-" + name + "-" + optim, lora);
    config.modelNameOrPath = dropping.toString();
    config.packing = true;
    config.maxLength = 64;
    config.perDeviceTrainBatchSize = 1;
    config.optim = optim;
    config.sgdMomentum = optim.equals("sgd") ? 0.9 : 0;
    return config;
  }

  /** The masks of attention are drawn anew, and are the same where activations are recomputed. */
  @Test
  void dropsProbabilitiesOfAttention() {
    SftConfig with = config("dropped", false);
    with.modelNameOrPath = dropping.toString();
    SftConfig without = config("whole", false);
    TinyRun.run(with, false);
    TinyRun.run(without, false);
    assertThat(TinyRun.weights(Path.of(with.outputDir)))
        .isNotEqualTo(TinyRun.weights(Path.of(without.outputDir)));
    SftConfig recomputed = config("dropped-again", false);
    recomputed.modelNameOrPath = dropping.toString();
    recomputed.gradientCheckpointing = true;
    TinyRun.run(recomputed, false);
    assertThat(TinyRun.weights(Path.of(recomputed.outputDir)))
        .isEqualTo(TinyRun.weights(Path.of(with.outputDir)));
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

  /**
   * The embedding of the padding token that config.json names is not trained. Checkpoints name the
   * tokenizer's, as transformers' do, and the run goes on with its own.
   */
  @Test
  void resumesWithThePaddingTokenThatItBeganWith() {
    Path padded = TinyModel.SMALLEST.write(folder.resolve("padded"));
    ObjectNode json = Json.readObject(padded.resolve("config.json"));
    Json.write(
        padded.resolve("config.json"), json.put("pad_token_id", json.get("eos_token_id").asInt()));
    SftConfig straight = config("padded-straight", false);
    straight.modelNameOrPath = padded.toString();
    TinyRun.run(straight, false);
    SftConfig broken = config("padded-broken", false);
    broken.modelNameOrPath = padded.toString();
    assertThatThrownBy(() -> TinyRun.run(broken, false, interruptAfter(5)))
        .isInstanceOf(Interruption.class);
    TinyRun.run(broken, true);
    assertThat(TinyRun.weights(Path.of(broken.outputDir)))
        .isEqualTo(TinyRun.weights(Path.of(straight.outputDir)));
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
