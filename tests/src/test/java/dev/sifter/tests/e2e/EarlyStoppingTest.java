package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.TrainingSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a run ends before its last step, and which of its checkpoints is its result. */
class EarlyStoppingTest {
  @TempDir static Path folder;
  private static Path model;
  private static Path data;

  @BeforeAll
  static void makeModel() {
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 20);
  }

  /** Evaluates on the training data, whose loss surely falls. */
  private static SftConfig config(String name) {
    SftConfig config = TinyRun.config(model, data, folder.resolve(name), true);
    config.evalDataset = List.of(data.toString());
    config.checkEvalOverlap = false;
    config.evalStrategy = "steps";
    config.evalSteps = 2;
    config.saveStrategy = "steps";
    config.saveSteps = 2;
    config.maxSteps = 20;
    return config;
  }

  @Test
  void endsWhenEvaluationsNoLongerImprove() {
    SftConfig config = config("patience");
    config.learningRate = 0;
    config.earlyStoppingPatience = 3;
    TrainingSummary summary = TinyRun.run(config, false);
    // The first evaluation, after two steps, is the best; three more are no better.
    assertThat(summary.globalStep()).isEqualTo(2 + 3 * 2);
    assertThat(summary.stopReason()).contains("eval_loss", "3 evaluations", "at step 2");
  }

  @Test
  void whoAsksForALargerImprovementIsToldSo() {
    SftConfig config = config("larger");
    config.earlyStoppingPatience = 1;
    config.earlyStoppingThreshold = 100;
    assertThat(TinyRun.run(config, false).stopReason())
        .startsWith("eval_loss has not improved by more than 100.0 in 1 evaluation (");
  }

  @Test
  void countsOnAfterAResume() {
    SftConfig config = config("resumed");
    config.learningRate = 0;
    config.earlyStoppingPatience = 3;
    config.maxSteps = 4;
    assertThat(TinyRun.run(config, false).stopReason()).isNull();
    config.maxSteps = 20;
    assertThat(TinyRun.run(config, true).globalStep()).isEqualTo(2 + 3 * 2);
  }

  @Test
  void theResultIsTheBestCheckpoint() {
    SftConfig config = config("best");
    config.maxSteps = 8;
    config.loadBestModelAtEnd = true;
    // The loss falls, so that the largest is that of the first evaluation.
    config.greaterIsBetter = true;
    config.saveTotalLimit = 2;
    TinyRun.run(config, false);
    Path output = Path.of(config.outputDir);
    assertThat(TinyRun.weights(output)).isEqualTo(TinyRun.weights(output.resolve("checkpoint-2")));
    assertThat(output.resolve("checkpoint-4")).doesNotExist();
    assertThat(output.resolve("checkpoint-8")).exists();
    assertThat(output.resolve("trainer_state.json")).doesNotExist();
    assertThat(TinyRun.weights(output))
        .isNotEqualTo(TinyRun.weights(output.resolve("checkpoint-8")));
  }

  /**
   * As with transformers, an evaluation between checkpoints leaves the best checkpoint as it is.
   */
  @Test
  void theBestEvaluationNeedNotHaveACheckpoint() {
    SftConfig config = config("between");
    config.evalSteps = 1;
    config.maxSteps = 6;
    config.loadBestModelAtEnd = true;
    config.greaterIsBetter = true;
    try (SftRun run = SftRun.open(config, false)) {
      run.run();
      assertThat(run.bestStep()).isOne();
      assertThat(run.resultStep()).isEqualTo(6);
    }
    config.overwriteOutputDir = true;
    config.saveStrategy = "best";
    try (SftRun run = SftRun.open(config, false)) {
      run.run();
      assertThat(run.resultStep()).isOne();
    }
    Path output = Path.of(config.outputDir);
    assertThat(TinyRun.weights(output)).isEqualTo(TinyRun.weights(output.resolve("checkpoint-1")));
    assertThat(output.resolve("checkpoint-2")).doesNotExist();
  }

  /**
   * The best counts among those that are kept, if something depends on it, and is alone in the end
   * where one is kept. These are the folders that transformers 5.18 leaves.
   */
  @ParameterizedTest
  @CsvSource({
    "3, loss, checkpoint-2 checkpoint-8 checkpoint-10",
    "3, , checkpoint-6 checkpoint-8 checkpoint-10",
    "1, loss, checkpoint-2",
    "1, , checkpoint-10"
  })
  void theLimitHoldsWithTheBestCheckpoint(int limit, String metric, String left) {
    SftConfig config = config("limit");
    config.overwriteOutputDir = true;
    config.maxSteps = 10;
    config.metricForBestModel = metric;
    config.greaterIsBetter = true;
    config.saveTotalLimit = limit;
    TinyRun.run(config, false);
    assertThat(Path.of(config.outputDir).toFile().list((_, name) -> name.startsWith("checkpoint-")))
        .containsExactlyInAnyOrder(left.split(" "));
  }

  /** The loss falls at every evaluation; the share of exact matches stays at nothing. */
  @Test
  void thePlateauIsThatOfTheMetricThatDecides() throws IOException {
    SftConfig config = config("plateau");
    config.lrSchedulerType = "reduce_lr_on_plateau";
    config.lrSchedulerKwargs = Map.of("patience", 0);
    config.maxSteps = 6;
    TinyRun.run(config, false);
    assertThat(rates(config)).containsOnly(config.learningRate);
    config.evalTasks = List.of(colours().toString());
    config.metricForBestModel = "colours_exact_match";
    config.overwriteOutputDir = true;
    TinyRun.run(config, false);
    assertThat(rates(config).getLast()).isEqualTo(config.learningRate / 10);
    config.evalStrategy = "no";
    config.evalTasks = List.of();
    assertThatThrownBy(() -> TinyRun.run(config, false)).hasMessageContaining("eval_strategy");
  }

  @Test
  void tasksAreEvaluatedBesideTheLoss() throws IOException {
    SftConfig config = config("tasks");
    config.maxSteps = 2;
    config.evalTasks = List.of(colours().toString());
    config.metricForBestModel = "colours_exact_match";
    TinyRun.run(config, false);
    assertThat(lines(config))
        .filteredOn(line -> line.has("eval_loss"))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.get("eval_colours_exact_match").asDouble()).isZero();
              // 2 steps of 2 · 2 of 20 conversations
              assertThat(line.get("epoch").asDouble()).isEqualTo(0.4);
            });
    List<JsonNode> logged = lines(config);
    config.metricForBestModel = "accuracy";
    config.overwriteOutputDir = true;
    assertThatThrownBy(() -> TinyRun.run(config, false))
        .hasMessageContaining("metric_for_best_model is eval_accuracy")
        .hasMessageContaining("eval_colours_exact_match");
    assertThat(lines(config)).as("refused before the first step").isEqualTo(logged);
  }

  /** They are enough to choose a checkpoint by: no record must be held out for the loss. */
  @Test
  void tasksAreEvaluatedWithoutHeldOutData() throws IOException {
    SftConfig config = config("tasks-alone");
    config.maxSteps = 4;
    config.evalDataset = List.of();
    config.evalTasks = List.of(colours().toString());
    config.loadBestModelAtEnd = true;
    assertThatThrownBy(() -> TinyRun.run(config, false))
        .hasMessageContaining("metric_for_best_model is eval_loss")
        .hasMessageContaining("eval_colours_exact_match");
    config.metricForBestModel = "colours_exact_match";
    config.overwriteOutputDir = true;
    TinyRun.run(config, false);
    assertThat(lines(config))
        .filteredOn(line -> line.has("eval_colours_exact_match"))
        .hasSize(2)
        .noneMatch(line -> line.has("eval_loss"));
  }

  private static Path colours() throws IOException {
    Path task = folder.resolve("colours.yaml");
    Files.writeString(
        task,
        """
        task: colours
        dataset_path: json
        dataset_kwargs:
          data_files:
            test: colours.jsonl
        test_split: test
        output_type: generate_until
        doc_to_text: "{{question}}"
        doc_to_target: "{{answer}}"
        generation_kwargs:
          until: ["\\n"]
          max_gen_toks: 3
        metric_list:
          - metric: exact_match
        """);
    Files.writeString(
        folder.resolve("colours.jsonl"), "{\"question\": \"red\", \"answer\": \"nothing\"}\n");
    return task;
  }

  @Test
  void theWatchdogEndsARunWhoseLossIsTooLarge() throws IOException {
    SftConfig config = config("watchdog");
    config.lossWatchdogThreshold = 1e-6;
    config.lossWatchdogPatience = 5;
    TrainingSummary summary = TinyRun.run(config, false);
    assertThat(summary.globalStep()).isEqualTo(5);
    assertThat(summary.stopReason()).contains("1.0E-6", "5 steps", "learning_rate");
    assertThat(lines(config).getLast().get("stop_reason").asText()).isEqualTo(summary.stopReason());
  }

  private static List<Double> rates(SftConfig config) throws IOException {
    return lines(config).stream()
        .filter(line -> line.has("learning_rate"))
        .map(line -> line.get("learning_rate").asDouble())
        .toList();
  }

  private static List<JsonNode> lines(SftConfig config) throws IOException {
    try (var lines = Files.lines(Path.of(config.outputDir, "log.jsonl"))) {
      return lines.map(EarlyStoppingTest::parse).toList();
    }
  }

  private static JsonNode parse(String line) {
    try {
      return Json.mapper().readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
