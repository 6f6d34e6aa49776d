package dev.sifter.tests.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.generate.GenerationConfigReader;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.eval.EvalOptions;
import dev.sifter.train.eval.EvalResult;
import dev.sifter.train.eval.Evaluator;
import dev.sifter.train.eval.ProgressListener;
import dev.sifter.train.eval.ResultFiles;
import dev.sifter.train.eval.TaskResult;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.score.LogLikelihood;
import dev.sifter.train.eval.task.EvalSample;
import dev.sifter.train.eval.task.EvalTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole evaluations against the real lm-evaluation-harness: prompts and generated texts to the
 * letter, log-likelihoods to 1e-3 (long texts 5e-3), accuracies and standard errors exactly. The
 * smallest gap between best and second choice is 1.3e-3.
 */
class EvalGoldensTest {
  private static final double LOG_LIKELIHOOD = 1e-3;
  private static final double LONG_TEXT = 5e-3;

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"plain", "chat_singleturn", "chat_multiturn", "arith"})
  void agreesWithTheHarness(String run) throws Exception {
    Path folder = Goldens.golden("eval");
    ObjectNode expected = Json.readObject(folder.resolve("results/" + run + ".json"));
    EvalResult actual = evaluate(folder, run, expected);
    expected
        .path("results")
        .properties()
        .forEach(entry -> checkFigures(actual, entry.getKey(), entry.getValue()));
    for (TaskResult task : actual.tasks()) {
      if (!task.isGroup()) {
        checkSamples(
            run + " " + task.name(),
            task,
            readLines(folder.resolve("samples/%s__%s.jsonl".formatted(run, task.name()))));
      }
    }
    for (var group : expected.path("groups").properties()) {
      assertThat(ResultFiles.json(actual).path("groups").path(group.getKey()).path("sample_count"))
          .isEqualTo(group.getValue().path("sample_count"));
    }
    assertThat(ResultFiles.json(actual).path("n-samples")).isEqualTo(expected.path("n-samples"));
    assertThat(ResultFiles.json(actual).path("n-shot")).isEqualTo(expected.path("n-shot"));
    assertThat(ResultFiles.json(actual).path("higher_is_better"))
        .isEqualTo(expected.path("higher_is_better"));
  }

  private static EvalResult evaluate(Path folder, String run, ObjectNode expected) {
    Path base = Goldens.golden("train/base");
    List<EvalTask> tasks = new ArrayList<>();
    List<String> inGroups = new ArrayList<>();
    expected
        .path("group_subtasks")
        .forEach(members -> members.forEach(member -> inGroups.add(member.asText())));
    expected
        .path("results")
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!inGroups.contains(name)) {
                tasks.add(EvalTask.load(folder.resolve("tasks/" + name + ".yaml")));
              }
            });
    JsonNode options = expected.path("options");
    ChatTemplate template =
        options.path("apply_chat_template").asBoolean()
            ? ChatTemplate.compile(read(base.resolve("chat_template.jinja")))
            : null;
    EvalOptions settings =
        EvalOptions.DEFAULT
            .withLimit(options.path("limit").asInt(0))
            .withBootstrapIterations(expected.path("bootstrap_iters").asInt())
            .withChat(
                options.path("system_instruction").asText(""),
                options.path("fewshot_as_multiturn").asBoolean())
            .withGeneration(GenerationConfigReader.read(base));
    try (Backend backend = TestBackends.open(TestBackends.fastest());
        Decoder model = model(run, folder, base, backend)) {
      return new Evaluator(model, Tokenizer.load(base), template, settings)
          .evaluate(tasks, ProgressListener.SILENT);
    }
  }

  private static Decoder model(String run, Path folder, Path base, Backend backend) {
    return run.equals("arith")
        ? MergedByHand.load(base, folder.resolve("arith_adapter"), backend)
        : ModelFolder.load(base, backend);
  }

  private static void checkFigures(EvalResult actual, String name, JsonNode expected) {
    TaskResult task = actual.task(name).orElseThrow();
    assertThat(task.sampleLen()).isEqualTo(expected.path("sample_len").asInt());
    List<String> keys = new ArrayList<>();
    expected.fieldNames().forEachRemaining(keys::add);
    keys.removeIf(key -> !key.contains(",") || key.contains("_stderr,"));
    assertThat(task.figures().keySet()).containsExactlyInAnyOrderElementsOf(keys);
    task.figures()
        .forEach(
            (key, figure) -> {
              JsonNode value = expected.path(key);
              assertThat(value.isNumber()).as(name + " " + key).isTrue();
              String[] parts = key.split(",");
              JsonNode error = expected.path(parts[0] + "_stderr," + parts[1]);
              if (error.isTextual()) {
                assertThat(figure.standardError()).isEmpty();
                assertThat(figure.value() / value.asDouble())
                    .as(name + " " + key)
                    .isCloseTo(1, within(relativeError(task, parts[0])));
              } else {
                assertThat(figure.value()).as(name + " " + key).isEqualTo(value.asDouble());
                assertThat(figure.standardError().orElseThrow())
                    .as(name + " stderr of " + key)
                    .isEqualTo(error.asDouble());
              }
            });
  }

  /** A perplexity is exp(−Σ ll / Σ weight), and each ll may be off by its tolerance. */
  private static double relativeError(TaskResult task, String metric) {
    long weight =
        task.samples().stream().mapToLong(sample -> weight(sample.metrics().get(metric))).sum();
    return task.samples().size() * LONG_TEXT / weight;
  }

  private static void checkSamples(String what, TaskResult task, List<JsonNode> expected)
      throws Exception {
    assertThat(task.samples()).hasSameSizeAs(expected);
    for (EvalSample sample : task.samples()) {
      JsonNode line =
          expected.stream()
              .filter(
                  entry ->
                      entry.path("doc_id").asInt() == sample.docId()
                          && entry.path("filter").asText().equals(sample.filter()))
              .findFirst()
              .orElseThrow();
      String where = what + " " + sample.docId() + " " + sample.filter();
      checkArguments(where, sample, line);
      checkAnswers(where, sample, line);
      sample
          .metrics()
          .forEach(
              (metric, value) -> {
                if (line.path(metric).isNumber()) {
                  assertThat(sample.score(metric))
                      .as(where + " " + metric)
                      .isEqualTo(line.path(metric).asDouble());
                } else {
                  assertThat(weight(value))
                      .as(where + " weight of " + metric)
                      .isEqualTo(line.path(metric).path(1).asLong());
                }
              });
    }
  }

  private static long weight(ItemValue value) {
    return ((ItemValue.Weighted) value).weight();
  }

  private static void checkArguments(String where, EvalSample sample, JsonNode line)
      throws Exception {
    if (line.has("arguments_sha256")) {
      for (int i = 0; i < sample.arguments().size(); i++) {
        byte[] text = String.join("\0", sample.arguments().get(i)).getBytes("UTF-8");
        String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        assertThat(digest)
            .as(where + " prompt")
            .startsWith(line.path("arguments_sha256").path(i).asText());
      }
    } else if (!line.path("arguments").isNull()) {
      for (int i = 0; i < sample.arguments().size(); i++) {
        JsonNode wanted = line.path("arguments").path(i);
        List<String> parts = new ArrayList<>();
        wanted.forEach(part -> parts.add(part.asText()));
        assertThat(sample.arguments().get(i))
            .as(where)
            .isEqualTo(wanted.isTextual() ? List.of(wanted.asText()) : parts);
      }
    }
  }

  private static void checkAnswers(String where, EvalSample sample, JsonNode line) {
    if (line.has("generated")) {
      assertThat(sample.responses().getFirst()).containsExactly(line.path("generated").asText());
      assertThat(sample.filtered()).containsExactly(line.path("filtered").path(0).asText());
      return;
    }
    boolean rolling = line.has("loglikelihood");
    for (int i = 0; i < sample.responses().size(); i++) {
      JsonNode wanted = rolling ? line.path("loglikelihood") : line.path("loglikelihoods").path(i);
      LogLikelihood actual = (LogLikelihood) sample.responses().get(i).getFirst();
      assertThat(actual.value())
          .as(where + " request " + i)
          .isCloseTo(wanted.asDouble(), within(rolling ? LONG_TEXT : LOG_LIKELIHOOD));
      if (!rolling) {
        assertThat(actual.isGreedy()).isEqualTo(line.path("is_greedy").path(i).asBoolean());
      }
    }
  }

  private static List<JsonNode> readLines(Path file) {
    return read(file)
        .lines()
        .map(
            line -> {
              try {
                return Json.mapper().readTree(line);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            })
        .collect(Collectors.toList());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
