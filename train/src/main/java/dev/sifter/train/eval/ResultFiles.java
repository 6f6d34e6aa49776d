package dev.sifter.train.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.AtomicFiles;
import dev.sifter.model.Hashes;
import dev.sifter.model.Json;
import dev.sifter.model.chat.jinja.Template;
import dev.sifter.model.chat.jinja.Values;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.score.LogLikelihood;
import dev.sifter.train.eval.task.EvalSample;
import dev.sifter.train.eval.task.OutputType;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Results in the harness's file forms: one JSON of figures, one JSONL of samples a task. */
public final class ResultFiles {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** A record as Python's json.dumps(doc, indent=2) writes it, whose hash the harness gives. */
  private static final Template DOC = Template.compile("{{ doc | tojson(indent=2) }}");

  /** Settings that the harness keeps beside "config", not in it. */
  private static final List<String> BESIDE_CONFIG =
      List.of(
          "model_source",
          "model_name",
          "model_name_sanitized",
          "date",
          "pretty_env_info",
          "tokenizer_pad_token",
          "tokenizer_eos_token",
          "tokenizer_bos_token",
          "eot_token_id",
          "max_length",
          "system_instruction",
          "system_instruction_sha",
          "fewshot_as_multiturn",
          "chat_template",
          "chat_template_sha");

  private ResultFiles() {}

  /**
   * Writes {@code results.json} and, for each task, {@code samples_NAME.jsonl}.
   *
   * @throws UncheckedIOException if a file cannot be written
   */
  public static void write(Path folder, EvalResult result) {
    Json.write(folder.resolve("results.json"), json(result));
    for (TaskResult task : result.tasks()) {
      if (!task.isGroup()) {
        writeSamples(folder.resolve("samples_" + fileName(task.name()) + ".jsonl"), task);
      }
    }
  }

  private static String fileName(String taskName) {
    return taskName.replaceAll("[^A-Za-z0-9_.-]", "_");
  }

  private static void writeSamples(Path file, TaskResult task) {
    AtomicFiles.write(
        file,
        out -> {
          Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
          for (EvalSample sample : task.samples()) {
            writer.write(json(task, sample).toString());
            writer.write('\n');
          }
          writer.flush();
        });
  }

  /** The results file. */
  public static ObjectNode json(EvalResult result) {
    ObjectNode json = NODES.objectNode();
    ObjectNode results = json.putObject("results");
    ObjectNode groups = NODES.objectNode();
    ObjectNode subtasks = NODES.objectNode();
    ObjectNode samples = NODES.objectNode();
    ObjectNode hashes = NODES.objectNode();
    Map<String, JsonNode> configs = new TreeMap<>();
    Map<String, JsonNode> versions = new TreeMap<>();
    Map<String, JsonNode> shots = new TreeMap<>();
    Map<String, JsonNode> directions = new TreeMap<>();
    for (TaskResult task : result.tasks()) {
      ObjectNode figures = figures(task);
      results.set(task.name(), figures);
      versions.put(task.name(), version(task));
      if (task.numFewshot() >= 0) {
        shots.put(task.name(), NODES.numberNode(task.numFewshot()));
      }
      ObjectNode direction = NODES.objectNode();
      task.higherIsBetter().forEach(direction::put);
      directions.put(task.name(), direction);
      if (task.isGroup()) {
        if (task.hasOwnFigures()) {
          addCounts(figures, task, result);
          groups.set(task.name(), figures);
        }
        ArrayNode members = subtasks.putArray(task.name());
        task.members().forEach(members::add);
      } else {
        configs.put(task.name(), task.config());
        ObjectNode count = samples.putObject(task.name());
        count.put("original", task.originalLen()).put("effective", task.sampleLen());
        hashes.put(task.name(), taskHash(task));
      }
    }
    if (!groups.isEmpty()) {
      json.set("groups", groups);
    }
    json.set("group_subtasks", subtasks);
    json.set("configs", NODES.objectNode().setAll(configs));
    json.set("versions", NODES.objectNode().setAll(versions));
    json.set("n-shot", NODES.objectNode().setAll(shots));
    json.set("higher_is_better", NODES.objectNode().setAll(directions));
    json.set("n-samples", samples);
    ObjectNode config = result.settings().deepCopy();
    JsonNode beside = config.deepCopy().retain(BESIDE_CONFIG);
    json.set("config", config.remove(BESIDE_CONFIG));
    json.setAll((ObjectNode) beside);
    json.set("task_hashes", hashes);
    String seconds = String.valueOf(result.duration().toMillis() / 1000.0);
    json.put("total_evaluation_time_seconds", seconds);
    return json;
  }

  /** How many records are behind each figure of a group. */
  private static void addCounts(ObjectNode figures, TaskResult group, EvalResult result) {
    ObjectNode counts = NODES.objectNode();
    for (String key : group.figures().keySet()) {
      int records =
          result.leaves(group).stream()
              .filter(task -> task.figures().containsKey(key))
              .mapToInt(TaskResult::sampleLen)
              .sum();
      counts.put(key, records);
    }
    if (!counts.isEmpty()) {
      figures.set("sample_count", counts);
    }
  }

  /** A group's is always a text. */
  private static JsonNode version(TaskResult task) {
    try {
      return task.isGroup()
          ? NODES.textNode(task.version())
          : NODES.numberNode(Double.parseDouble(task.version()));
    } catch (NumberFormatException notANumber) {
      return NODES.textNode(task.version());
    }
  }

  /** The figures of one task, as in the results file. */
  static ObjectNode figures(TaskResult task) {
    ObjectNode json = NODES.objectNode();
    json.put("name", task.name()).put("alias", task.alias());
    if (task.hasOwnFigures()) {
      json.put("sample_len", task.sampleLen());
    }
    task.figures()
        .forEach(
            (key, figure) -> {
              json.put(key, figure.value());
              String errorKey = key.replaceFirst(",", "_stderr,");
              figure
                  .standardError()
                  .ifPresentOrElse(
                      error -> json.put(errorKey, error), () -> json.put(errorKey, "N/A"));
            });
    return json;
  }

  /** A line of a samples file. */
  static ObjectNode json(TaskResult task, EvalSample sample) {
    ObjectNode json = NODES.objectNode();
    json.put("doc_id", sample.docId());
    json.set("doc", sample.doc());
    json.put("target", Values.text(sample.target()));
    json.set("arguments", arguments(sample, task.generationKwargs()));
    ArrayNode responses = json.putArray("resps");
    boolean rolling =
        task.config().path("output_type").asText("").equals(OutputType.LOGLIKELIHOOD_ROLLING.key());
    sample.responses().forEach(answers -> responses.add(answers(answers, rolling)));
    json.set("filtered_resps", answers(sample.filtered(), rolling));
    json.put("filter", sample.filter());
    ArrayNode metrics = json.putArray("metrics");
    sample.metrics().keySet().forEach(metrics::add);
    json.put("doc_hash", docHash(sample));
    json.put("prompt_hash", promptHash(sample));
    json.put("target_hash", targetHash(sample));
    sample.metrics().forEach((name, value) -> json.set(name, value(value, sample)));
    return json;
  }

  /** What corpus metrics take in: the answer in the form that the filters have left it in. */
  private static JsonNode value(ItemValue value, EvalSample sample) {
    JsonNode json = value.json();
    if (value instanceof ItemValue.Texts(_, String prediction)
        && sample.filtered().getFirst() instanceof List) {
      ((ArrayNode) json).remove(1);
      ((ArrayNode) json).addArray().add(prediction);
    }
    return json;
  }

  /** Every request by number, and its parts by number: lists of unlike things have no schema. */
  private static ObjectNode arguments(EvalSample sample, ObjectNode generationKwargs) {
    ObjectNode requests = NODES.objectNode();
    for (List<String> request : sample.arguments()) {
      ObjectNode parts = requests.putObject("gen_args_" + requests.size());
      for (String part : request) {
        parts.put("arg_" + parts.size(), part);
      }
      if (generationKwargs != null) {
        parts.set("arg_" + parts.size(), generationKwargs);
      }
    }
    return requests;
  }

  /**
   * Answers as text, truth values as Python spells them.
   *
   * @param rolling whether texts are scored as wholes: of these the harness keeps the value alone
   */
  private static ArrayNode answers(List<Object> answers, boolean rolling) {
    ArrayNode array = NODES.arrayNode();
    for (Object answer : answers) {
      if (answer instanceof LogLikelihood score && rolling) {
        array.add(String.valueOf(score.value()));
      } else if (answer instanceof LogLikelihood score) {
        array
            .addArray()
            .add(String.valueOf(score.value()))
            .add(score.isGreedy() ? "True" : "False");
      } else if (answer instanceof List<?> left) {
        ArrayNode several = array.addArray();
        left.forEach(text -> several.add(Values.text(text)));
      } else {
        array.add(Values.text(answer));
      }
    }
    return array;
  }

  /** Tells whether two runs asked the same: a hash of all records, prompts and targets. */
  private static String taskHash(TaskResult task) {
    StringBuilder all = new StringBuilder();
    for (EvalSample sample : task.samples()) {
      all.append(docHash(sample)).append(promptHash(sample)).append(targetHash(sample));
    }
    return Hashes.sha256(all.toString());
  }

  private static String docHash(EvalSample sample) {
    Map<String, Object> variables = new LinkedHashMap<>();
    variables.put("doc", Values.of(sample.doc()));
    return Hashes.sha256(DOC.render(variables, null).text());
  }

  private static String promptHash(EvalSample sample) {
    return Hashes.sha256(sample.arguments().getFirst().getFirst());
  }

  private static String targetHash(EvalSample sample) {
    return Hashes.sha256(Values.text(sample.target()));
  }

  /** A tree as indented text. */
  public static String text(JsonNode tree) {
    try {
      return Json.mapper().writeValueAsString(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree always has a text", e);
    }
  }
}
