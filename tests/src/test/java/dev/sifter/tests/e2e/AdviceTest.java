package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said about a run before its first step: advice where it may disappoint, or a refusal. */
class AdviceTest {
  private static final int ROWS = 40;

  @TempDir static Path folder;
  private static Path model;
  private static Path data;

  @BeforeAll
  static void makeModel() {
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), ROWS);
  }

  /** A LoRA run as the guidance has it: 40 rows, 2 passes, 2 rows in a step: 40 steps. */
  private static SftConfig sound() {
    SftConfig config = TinyRun.config(model, data, folder.resolve("out"), true);
    config.learningRate = 2e-4;
    config.maxSteps = -1;
    config.numTrainEpochs = 2;
    config.perDeviceTrainBatchSize = 2;
    config.gradientAccumulationSteps = 1;
    return config;
  }

  private static List<String> advice(SftConfig config) {
    try (SftRun run = SftRun.open(config, false)) {
      return run.advice();
    }
  }

  @Test
  void isSilentAboutASoundRun() {
    assertThat(advice(sound())).isEmpty();
  }

  @Test
  void comparesAdaptersWithFullFineTuning() {
    SftConfig config = sound();
    config.learningRate = 2e-5;
    config.loraTargetModules = NullNode.getInstance();
    assertThat(advice(config))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("learning_rate 2e-5 suits") && line.endsWith("2e-4"))
        .anyMatch(line -> line.contains("no MLP has an adapter"));
  }

  /**
   * Two blocks of width 32: adapters of rank r have over 600 r weights; 40 rows, some 1,000 tokens.
   */
  @Test
  void comparesTheRankWithTheData() {
    SftConfig config = sound();
    config.loraR = 4096;
    assertThat(advice(config)).singleElement().asString().contains("lora_r than 4096");
    config.loraR = 64;
    assertThat(advice(config)).isEmpty();
  }

  @Test
  void countsRowsAndSteps() {
    SftConfig config = sound();
    config.gradientAccumulationSteps = 17;
    assertThat(advice(config))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("34 rows in a step"))
        .anyMatch(line -> line.startsWith("the run makes only 4 optimizer steps"));
  }

  /** Of 40 steps the last has 39 behind it. */
  @Test
  void seesAWarmupThatOutlastsTheRun() {
    SftConfig config = sound();
    config.warmupSteps = 40;
    assertThat(advice(config))
        .singleElement()
        .asString()
        .startsWith("warmup_steps 40 is not over at the last step, 40");
    config.lrSchedulerType = "constant";
    assertThat(advice(config)).isEmpty();
  }

  /** PEFT trains with the names that are there, and says nothing of the others. */
  @Test
  void namesTargetsThatAreNone() {
    SftConfig config = sound();
    config.loraTargetModules =
        JsonNodeFactory.instance.arrayNode().add("q_proj").add("gate").add("up_proj");
    assertThat(advice(config))
        .singleElement()
        .asString()
        .startsWith("lora_target_modules names 'gate', and the model has no such module");
  }

  @Test
  void looksAtFullFineTuningToo() {
    SftConfig config = sound();
    config.usePeft = false;
    config.learningRate = 1e-3;
    config.numTrainEpochs = 6;
    assertThat(advice(config))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("learning_rate 0.001 is high"))
        .anyMatch(line -> line.startsWith("6 passes over the data without evaluation"));
    config.testSplitSize = 4.0;
    config.evalStrategy = "epoch";
    assertThat(advice(config)).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("dev.sifter.tests.TestBackends#withGpu")
  void saysWhatPrecisionIsNotFollowed(String device) {
    SftConfig config = sound();
    config.device = device;
    config.bf16 = true;
    assertThat(advice(config))
        .hasSize(TestBackends.isGpu(device) ? 0 : 1)
        .allMatch(line -> line.startsWith("bf16: true holds on a GPU"));
    config.bf16 = null;
    config.fp16 = true;
    assertThat(advice(config)).singleElement().asString().startsWith("fp16: true is not followed");
  }

  /** GPT-2's attn_pdrop, StarCoder2's and Granite's attention_dropout are 0.1 as published. */
  @ParameterizedTest
  @MethodSource("dev.sifter.tests.TestBackends#withGpu")
  void saysThatAGpuLeavesAttentionsDropoutOut(String device) {
    Path dropping = TinyModel.SMALLEST.write(folder.resolve("dropping-" + device));
    ObjectNode json = Json.readObject(dropping.resolve("config.json"));
    Json.write(dropping.resolve("config.json"), json.put("attention_dropout", 0.1));
    SftConfig config = sound();
    config.modelNameOrPath = dropping.toString();
    config.device = device;
    assertThat(advice(config))
        .hasSize(TestBackends.isGpu(device) ? 1 : 0)
        .allMatch(line -> line.contains("dropout 0.1 of attention's probabilities"));
  }

  /** The model has 128 positions: rows of 200 tokens are refused, unless documents are apart. */
  @ParameterizedTest
  @ValueSource(strings = {"wrapped", "bfd"})
  void refusesRowsBeyondTheContextBeforeTheFirstStep(String strategy) {
    SftConfig config = sound();
    config.packing = true;
    config.packingStrategy = strategy;
    config.maxLength = 200;
    if (strategy.equals("bfd")) {
      assertThat(advice(config)).isNotNull();
    } else {
      assertThatThrownBy(() -> SftRun.open(config, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("training rows has 200 tokens")
          .hasMessageContaining("set max_length: 128");
    }
  }
}
