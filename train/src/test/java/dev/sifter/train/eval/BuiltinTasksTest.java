package dev.sifter.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import dev.sifter.train.eval.TaskRun.Request;
import dev.sifter.train.eval.score.LogLikelihood;
import dev.sifter.train.eval.source.BuiltinTasks;
import dev.sifter.train.eval.source.TaskFile;
import dev.sifter.train.eval.task.LeafTask;
import dev.sifter.train.eval.task.PromptBuilder;
import dev.sifter.train.eval.task.TaskCatalog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The built-in tasks against the harness's own task files, on invented records: every prompt to the
 * letter, every figure of invented answers; {@code make_tasks.py} beside the fixture made it.
 */
class BuiltinTasksTest {
  /** Sums in the same order; exp may differ in its last bit. */
  private static final Offset<Double> ROUNDING = within(1e-12);

  private static final long SEED = 1234;

  @TempDir Path data;

  static List<String> tasks() throws IOException {
    List<String> names = new ArrayList<>();
    goldens().fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static JsonNode goldens() throws IOException {
    try (InputStream in = BuiltinTasksTest.class.getResourceAsStream("tasks/tasks.json")) {
      return Json.mapper().readTree(in);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tasks")
  void agreesWithTheHarness(String name) throws IOException {
    JsonNode golden = goldens().get(name);
    writeAsTheHubDoes(name, golden.get("splits"));
    for (JsonNode run : golden.get("runs")) {
      LeafTask task =
          (LeafTask)
              new TaskCatalog(null, data, TaskFile.emptyObject()).load(List.of(name)).getFirst();
      int shots = run.get("shots").asInt();
      assertThat(task.fewshot().count(shots)).isEqualTo(shots);
      TaskRun actual =
          new TaskRun(
              task, new PromptBuilder(task, null, "", shots, SEED), shots, task.docs().size());
      checkPrompts(actual, run, name + " with " + shots + " examples");
      TaskResult result = actual.result(1000);
      checkFigures(result, run.get("figures"), name + " with " + shots + " examples");
    }
  }

  private void writeAsTheHubDoes(String name, JsonNode splits) throws IOException {
    JsonNode task =
        BuiltinTasks.all().stream()
            .filter(builtin -> builtin.name().equals(name))
            .findFirst()
            .orElseThrow()
            .json();
    Path folder =
        data.resolve(task.get("dataset_path").asText())
            .resolve(task.path("dataset_name").asText(""));
    Files.createDirectories(folder);
    for (Map.Entry<String, JsonNode> split : splits.properties()) {
      StringBuilder lines = new StringBuilder();
      split.getValue().forEach(record -> lines.append(record).append('\n'));
      Files.writeString(folder.resolve(split.getKey() + ".jsonl"), lines);
    }
  }

  private static void checkPrompts(TaskRun actual, JsonNode run, String what) {
    List<Request> requests = actual.requests();
    int at = 0;
    for (int doc = 0; doc < run.get("arguments").size(); doc++) {
      for (int i = 0; i < run.get("arguments").get(doc).size(); i++) {
        Request request = requests.get(at++);
        List<String> expected = new ArrayList<>();
        run.get("arguments").get(doc).get(i).forEach(text -> expected.add(text.asText()));
        assertThat(request.arguments()).as("%s, record %d", what, doc).isEqualTo(expected);
        request.answers().add(answer(run.get("answers").get(doc).get(i)));
      }
    }
    assertThat(requests).hasSize(at);
  }

  private static Object answer(JsonNode golden) {
    if (golden.isArray()) {
      return new LogLikelihood(golden.get(0).asDouble(), golden.get(1).asBoolean());
    }
    return golden.isTextual() ? golden.asText() : new LogLikelihood(golden.asDouble(), false);
  }

  private static void checkFigures(TaskResult result, JsonNode expected, String what) {
    JsonNode actual = ResultFiles.figures(result);
    for (Map.Entry<String, JsonNode> figure : expected.properties()) {
      JsonNode value = actual.path(figure.getKey());
      if (figure.getValue().isTextual()) {
        assertThat(value).as("%s %s", what, figure.getKey()).isEqualTo(figure.getValue());
      } else {
        assertThat(value.asDouble(Double.NaN))
            .as("%s %s", what, figure.getKey())
            .isCloseTo(figure.getValue().asDouble(), ROUNDING);
      }
    }
  }
}
