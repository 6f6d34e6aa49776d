package dev.sifter.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.train.eval.TaskRun.Request;
import dev.sifter.train.eval.score.LogLikelihood;
import dev.sifter.train.eval.source.TaskFile;
import dev.sifter.train.eval.task.EvalTask;
import dev.sifter.train.eval.task.LeafTask;
import dev.sifter.train.eval.task.PromptBuilder;
import dev.sifter.train.eval.task.TaskCatalog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Task files and records with odd corners against lm-evaluation-harness 0.4.13: what the model is
 * asked to the letter, targets, records' hashes, filtered answers, figures of tasks and groups.
 * {@code make_odd_tasks.py} beside the fixture made it.
 */
class OddTasksTest {
  private static final Offset<Double> ROUNDING = within(1e-12);
  private static final long SEED = 1234;
  private static final String TEMPLATE =
      "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system here') }}"
          + "{% endif %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}"
          + "{% if add_generation_prompt %}<assistant>{% endif %}";

  @TempDir Path folder;

  static List<String> cases() throws IOException {
    List<String> names = new ArrayList<>();
    goldens().fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static JsonNode goldens() throws IOException {
    try (InputStream in = OddTasksTest.class.getResourceAsStream("tasks/odd_tasks.json")) {
      return Json.mapper().readTree(in);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void agreesWithTheHarness(String name) throws IOException {
    JsonNode golden = goldens().get(name);
    JsonNode expected = golden.get("expected");
    EvalResult result = evaluate(golden);
    ObjectNode actual = ResultFiles.json(result);
    result.tasks().stream()
        .filter(task -> holdsGroups(task, result))
        .filter(task -> !expected.get("higher_is_better").has(task.name()))
        .forEach(task -> ((ObjectNode) actual.get("higher_is_better")).remove(task.name()));
    for (String part : List.of("versions", "higher_is_better")) {
      assertThat(actual.get(part)).as(part).isEqualTo(expected.get(part));
    }
    for (String part : List.of("results", "groups")) {
      assertThat(actual.path(part).size()).as(part).isEqualTo(expected.path(part).size());
      for (var task : expected.path(part).properties()) {
        checkFigures(actual.path(part).path(task.getKey()), task.getValue());
      }
    }
    for (var task : expected.get("samples").properties()) {
      TaskResult ofTask = result.task(task.getKey()).orElseThrow();
      assertThat(ofTask.samples()).hasSize(task.getValue().size());
      for (int i = 0; i < ofTask.samples().size(); i++) {
        checkSample(
            ResultFiles.json(ofTask, ofTask.samples().get(i)),
            task.getValue().get(i),
            "%s, record %d".formatted(task.getKey(), i));
      }
    }
  }

  /** The harness gives no directions for those that hold nothing else. */
  private static boolean holdsGroups(TaskResult task, EvalResult result) {
    return task.members().stream().anyMatch(name -> result.task(name).orElseThrow().isGroup());
  }

  private static void checkFigures(JsonNode actual, JsonNode expected) {
    for (var figure : expected.properties()) {
      JsonNode value = actual.path(figure.getKey());
      if (figure.getValue().isNumber()) {
        assertThat(value.asDouble(Double.NaN))
            .as(figure.getKey())
            .isCloseTo(figure.getValue().asDouble(), ROUNDING);
      } else {
        assertThat(value).as(figure.getKey()).isEqualTo(figure.getValue());
      }
    }
    assertThat(actual.size()).as(actual + " against " + expected).isEqualTo(expected.size());
  }

  private static void checkSample(JsonNode actual, JsonNode expected, String what) {
    assertThat(actual.path("target")).as(what).isEqualTo(expected.path("target"));
    JsonNode requests = actual.path("arguments");
    assertThat(requests.size()).as(what).isEqualTo(expected.path("arguments").size());
    int r = 0;
    for (JsonNode request : requests) {
      int part = 0;
      for (JsonNode argument : request) {
        assertThat(argument).as(what).isEqualTo(expected.path("arguments").path(r).path(part++));
      }
      r++;
    }
    assertThat(actual.path("filtered_resps")).as(what).isEqualTo(expected.path("filtered"));
    assertThat(actual.path("doc_hash")).as(what).isEqualTo(expected.path("doc_hash"));
    assertThat(actual.path("chrf")).as(what).isEqualTo(expected.path("chrf"));
  }

  private EvalResult evaluate(JsonNode golden) throws IOException {
    for (var file : golden.get("files").properties()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue().asText());
    }
    for (var split : golden.get("records").properties()) {
      StringBuilder lines = new StringBuilder();
      split.getValue().forEach(record -> lines.append(record).append('\n'));
      Files.writeString(folder.resolve(split.getKey() + ".jsonl"), lines);
    }
    List<String> names = new ArrayList<>();
    golden.get("tasks").forEach(task -> names.add(task.asText()));
    JsonNode options = golden.get("options");
    ObjectNode generation =
        options.path("gen_kwargs") instanceof ObjectNode given ? given : TaskFile.emptyObject();
    List<EvalTask> tasks = new TaskCatalog(folder, null, generation).load(names);
    Map<String, TaskResult> results = new LinkedHashMap<>();
    for (LeafTask leaf : Evaluator.leaves(tasks, ProgressListener.SILENT).values()) {
      TaskRun run = run(leaf, options);
      answer(run, golden.at("/expected/samples").path(leaf.name()));
      results.put(leaf.name(), run.result(100));
    }
    GroupResults.add(tasks, results);
    ObjectNode settings = JsonNodeFactory.instance.objectNode();
    return new EvalResult(List.copyOf(results.values()), settings, Duration.ZERO);
  }

  private static TaskRun run(LeafTask task, JsonNode options) {
    PromptBuilder.Chat chat =
        options.path("apply_chat_template").asBoolean()
            ? new PromptBuilder.Chat(
                ChatTemplate.compile(TEMPLATE),
                Map.of(),
                options.path("fewshot_as_multiturn").asBoolean())
            : null;
    String system = options.path("system_instruction").asText("");
    int shots = task.fewshot().count(options.path("num_fewshot").asInt(-1));
    PromptBuilder prompts = new PromptBuilder(task, chat, system, shots, SEED);
    return new TaskRun(task, prompts, shots, task.docs().size());
  }

  private static void answer(TaskRun run, JsonNode samples) {
    for (JsonNode sample : samples) {
      List<Request> requests = run.requestsByRecord().get(sample.get("doc_id").asInt());
      for (int i = 0; i < requests.size(); i++) {
        Request request = requests.get(i);
        if (request.answers().isEmpty()) {
          sample.at("/resps/" + i).forEach(golden -> request.answers().add(answer(golden)));
        }
      }
    }
  }

  private static Object answer(JsonNode golden) {
    if (golden.isArray()) {
      return new LogLikelihood(golden.get(0).asDouble(), golden.get(1).asBoolean());
    }
    return golden.isTextual() ? golden.asText() : new LogLikelihood(golden.asDouble(), false);
  }
}
