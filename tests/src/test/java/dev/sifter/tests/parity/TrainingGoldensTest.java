package dev.sifter.tests.parity;

import static dev.sifter.tests.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.MicroBatch;
import dev.sifter.train.trainer.StepBatches;
import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.Trainer;
import dev.sifter.train.trainer.TrainingArguments;
import dev.sifter.train.trainer.TrainingListener;
import dev.sifter.train.trainer.TrainingSummary;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whole training runs recorded from TRL, replayed on the recorded batches: every logged figure of
 * every step, and the final weights. Tolerances and their reasons: the reference results' README.
 */
class TrainingGoldensTest {
  /** What a recorded run may differ by. */
  private record Tolerance(
      double loss,
      double gradNorm,
      double entropy,
      double accuracy,
      double weightMax,
      double weightRms) {}

  private static final Tolerance FULL = new Tolerance(5e-5, 5e-5, 1e-4, 1e-6, 2e-5, 2e-5);
  private static final Tolerance LORA = new Tolerance(1e-4, 1e-4, 1e-4, 1e-6, 1e-3, 5e-6);

  /**
   * Twice what TRL's own run with bf16 autocast differs by from its run in fp32: the bound for a
   * run in fp32, and for one with bf16 activations, whose roundings fall elsewhere.
   */
  private static final Tolerance AUTOCAST = new Tolerance(0.06, 0.034, 0.02, 0.014, 0, 0);

  /**
   * Relative, of a weight's norm. In a norm the errors of single elements, at most 5e-5 between TRL
   * and float64, average out; without weight decay the norms would be 4.5e-5 larger.
   */
  private static final double FINAL_NORM = 1e-6;

  @ParameterizedTest(name = "{0}")
  @CsvSource({"full", "lora", "lora_packed", "lm_full_loss", "full_bf16_autocast"})
  void replaysARecordedRun(String name, @TempDir Path output) {
    replay(name, "auto", Long.MAX_VALUE, output);
  }

  /** As many steps as take seconds: 341 tokens each, or a thousand. */
  @ParameterizedTest(name = "{0}, {1} steps")
  @CsvSource({"lm_full_loss, 3", "lora_packed, 1", "full_bf16_autocast, 1"})
  void beginsARecordedRunOnAGpu(String name, long steps, @TempDir Path output) {
    replay(name, TestBackends.gpu(), steps, output);
  }

  /** Minutes each: the emulator takes each of the runs' 70 000 tokens lane by lane. */
  @Tag("slow")
  @ParameterizedTest(name = "{0}")
  @CsvSource({"full", "lora", "lora_packed", "lm_full_loss", "full_bf16_autocast"})
  void replaysARecordedRunOnAGpu(String name, @TempDir Path output) {
    replay(name, TestBackends.gpu(), Long.MAX_VALUE, output);
  }

  private static void replay(String name, String device, long steps, Path output) {
    Path folder = Goldens.golden("train/" + name);
    Path base = folder.resolveSibling("base");
    JsonNode log = Json.readObject(folder.resolve("log.json"));
    boolean lora = name.startsWith("lora");
    boolean autocast = name.endsWith("autocast");
    Tolerance tolerance = autocast ? AUTOCAST : lora ? LORA : FULL;
    boolean sharesBatches = name.equals("lora") || autocast;
    Path batches = sharesBatches ? folder.resolveSibling("full") : folder;
    DType activations = autocast ? DType.BF16 : DType.F32;
    try (Backend backend = Backends.choose(device, 2, activations).backend();
        GoldenTensors recorded = GoldenTensors.open(batches.resolve("micro_batches.safetensors"));
        Decoder model =
            lora
                ? AdaptedModel.load(
                    base, folder.resolveSibling("lora").resolve("init_adapter"), backend, true)
                : ModelFolder.load(base, backend, weight -> true);
        Trainer trainer =
            new Trainer(
                model, arguments(log, output), new RecordedBatches(recorded, log), List.of())) {
      List<StepMetrics> lines = new ArrayList<>();
      trainer.addListener(
          new TrainingListener() {
            @Override
            public void logged(StepMetrics metrics) {
              lines.add(metrics);
            }
          });
      TrainingSummary summary = trainer.runUntil(steps);
      checkLog(log.get("log"), lines, tolerance);
      if (summary.globalStep() < log.get("log").size()) {
        assertThat(summary.globalStep()).isEqualTo(steps);
        return;
      }
      assertThat(summary.totalFlos()).isEqualTo(log.get("total_flos").asDouble());
      assertThat(summary.trainLoss())
          .isCloseTo(log.get("train_loss").asDouble(), within(tolerance.loss()));
      if (log.has("final_weight_l2_norms")) {
        checkFinalNorms(log.get("final_weight_l2_norms"), backend, model);
      } else if (!autocast) {
        checkFinalWeights(folder, backend, model, lora, tolerance);
      }
    }
  }

  private static TrainingArguments arguments(JsonNode log, Path output) {
    JsonNode given = log.get("args");
    TrainingArguments arguments = new TrainingArguments();
    arguments.outputDir = output.toString();
    arguments.maxSteps = given.get("max_steps").asLong();
    arguments.learningRate = given.get("learning_rate").asDouble();
    arguments.warmupSteps = given.get("warmup_steps").asDouble();
    arguments.weightDecay = given.get("weight_decay").asDouble();
    arguments.maxGradNorm = given.get("max_grad_norm").asDouble();
    arguments.lrSchedulerType =
        log.get("lr_scheduler_type").asText().replace("SchedulerType.", "").toLowerCase();
    arguments.loggingSteps = 1;
    return arguments;
  }

  private static void checkLog(JsonNode expected, List<StepMetrics> actual, Tolerance tolerance) {
    assertThat(actual).isNotEmpty().hasSizeLessThanOrEqualTo(expected.size());
    for (int i = 0; i < actual.size(); i++) {
      JsonNode line = expected.get(i);
      StepMetrics step = actual.get(i);
      String where = "step " + (i + 1);
      double norm = line.get("grad_norm").asDouble();
      assertThat(step.loss())
          .as(where + " loss")
          .isCloseTo(line.get("loss").asDouble(), within(tolerance.loss()));
      assertThat(step.gradNorm())
          .as(where + " grad_norm")
          .isCloseTo(norm, within(tolerance.gradNorm() * norm));
      double rate = line.get("learning_rate").asDouble();
      assertThat(step.learningRate())
          .as(where + " learning_rate")
          .isCloseTo(rate, within(1e-12 * rate + 1e-30));
      assertThat(step.entropy())
          .as(where + " entropy")
          .isCloseTo(line.get("entropy").asDouble(), within(tolerance.entropy()));
      assertThat(step.meanTokenAccuracy())
          .as(where + " accuracy")
          .isCloseTo(line.get("mean_token_accuracy").asDouble(), within(tolerance.accuracy()));
      assertThat(step.numTokens())
          .as(where + " num_tokens")
          .isEqualTo(line.get("num_tokens").asLong());
    }
  }

  private static void checkFinalWeights(
      Path folder, Backend backend, Decoder model, boolean lora, Tolerance tolerance) {
    Path file =
        folder.resolve(
            lora ? "final_adapter/adapter_model.safetensors" : "final/model.safetensors");
    double squares = 0;
    long count = 0;
    try (GoldenTensors expected = GoldenTensors.open(file)) {
      for (Parameter parameter : model.parameters().trainable()) {
        float[] actual = new float[(int) parameter.value().elements()];
        backend.download(parameter.value(), MemorySegment.ofArray(actual));
        float[] wanted = expected.floats(parameter.name());
        assertClose(parameter.name(), actual, wanted, 0, tolerance.weightMax());
        for (int i = 0; i < actual.length; i++) {
          squares += Math.pow((double) actual[i] - wanted[i], 2);
        }
        count += actual.length;
      }
    }
    assertThat(Math.sqrt(squares / count)).isLessThanOrEqualTo(tolerance.weightRms());
  }

  /** Where a run recorded the final weights' norms only. */
  private static void checkFinalNorms(JsonNode expected, Backend backend, Decoder model) {
    List<Parameter> weights = model.parameters().trainable();
    assertThat(weights)
        .extracting(Parameter::name)
        .containsExactlyInAnyOrderElementsOf(
            expected.propertyStream().map(Map.Entry::getKey).toList());
    for (Parameter weight : weights) {
      float[] actual = new float[(int) weight.value().elements()];
      backend.download(weight.value(), MemorySegment.ofArray(actual));
      double squares = 0;
      for (float element : actual) {
        squares += (double) element * element;
      }
      double norm = expected.get(weight.name()).asDouble();
      assertThat(Math.sqrt(squares))
          .as("norm of " + weight.name())
          .isCloseTo(norm, within(FINAL_NORM * norm));
    }
  }

  /** The micro-batches that TRL fed, in its order. */
  private record RecordedBatches(GoldenTensors file, JsonNode log) implements StepBatches {
    @Override
    public long stepsPerEpoch() {
      return log.get("optimizer_steps_per_epoch").asLong();
    }

    @Override
    public List<MicroBatch> batches(long step) {
      List<MicroBatch> result = new ArrayList<>();
      int index = 0;
      for (JsonNode micro : log.get("micro_batches")) {
        if (micro.get("step").asLong() == step) {
          result.add(read("%03d.".formatted(index)));
        }
        index++;
      }
      return result;
    }

    private MicroBatch read(String prefix) {
      int[] ids = file.ints(prefix + "input_ids");
      int[] labels = file.ints(prefix + "labels");
      List<Example> rows = new ArrayList<>();
      if (file.names().contains(prefix + "position_ids")) {
        rows.add(new Example(ids, labels, documents(file.ints(prefix + "position_ids"))));
        return MicroBatch.paddingFree(rows);
      }
      int[] lengths = file.ints(prefix + "lengths");
      int width = ids.length / lengths.length;
      for (int row = 0; row < lengths.length; row++) {
        int from = row * width;
        rows.add(
            Example.of(
                Arrays.copyOfRange(ids, from, from + lengths[row]),
                Arrays.copyOfRange(labels, from, from + lengths[row])));
      }
      return MicroBatch.padded(rows, 1);
    }

    private static int[] documents(int[] positions) {
      List<Integer> lengths = new ArrayList<>();
      int from = 0;
      for (int at = 1; at <= positions.length; at++) {
        if (at == positions.length || positions[at] == 0) {
          lengths.add(at - from);
          from = at;
        }
      }
      return lengths.stream().mapToInt(Integer::intValue).toArray();
    }
  }
}
