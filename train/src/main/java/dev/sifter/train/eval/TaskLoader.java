package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.LeafTask.Fewshot;
import dev.sifter.train.eval.LeafTask.Generation;
import dev.sifter.train.eval.LeafTask.Prompt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Makes tasks of the harness's task files. */
final class TaskLoader {
  private static final int MAX_DEPTH = 10;
  private static final int DEFAULT_MAX_NEW_TOKENS = 256;

  /** Keys whose meaning would be lost if they were passed over. */
  private static final Set<String> UNSUPPORTED =
      Set.of(
          "custom_dataset",
          "process_docs",
          "process_results",
          "use_prompt",
          "doc_to_image",
          "doc_to_audio");

  private static final List<String> FEWSHOT_KEYS = List.of("sampler", "split", "samples");

  private static final List<String> MAX_TOKEN_NAMES =
      List.of("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens");

  private final Path file;
  private final int depth;
  private final ObjectNode json;

  TaskLoader(Path file) {
    this(file, 0);
  }

  private TaskLoader(Path file, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException(file + ": groups contain each other in a circle");
    }
    this.file = file.toAbsolutePath();
    this.depth = depth;
    this.json = TaskFile.readYaml(file);
  }

  EvalTask load() {
    try {
      return json.has("group") ? group() : task();
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      throw message.startsWith("/") ? e : new IllegalArgumentException(file + ": " + message, e);
    }
  }

  private TaskGroup group() {
    List<EvalTask> members = new ArrayList<>();
    JsonNode names = json.path("task");
    for (JsonNode member : names.isArray() ? names : json.arrayNode().add(names)) {
      if (!member.isTextual()) {
        throw new IllegalArgumentException(
            "a group's task must be a list of names, each of a file NAME.yaml beside the group's");
      }
      members.add(new TaskLoader(file.resolveSibling(member.asText() + ".yaml"), depth + 1).load());
    }
    List<TaskGroup.Aggregate> aggregates = new ArrayList<>();
    JsonNode list = json.path("aggregate_metric_list");
    for (JsonNode entry : list.isArray() ? list : json.arrayNode()) {
      if (!entry.path("aggregation").asText("mean").equals("mean")) {
        throw new IllegalArgumentException("aggregate_metric_list: only the mean is supported");
      }
      aggregates.add(
          new TaskGroup.Aggregate(
              entry.path("metric").asText(), entry.path("weight_by_size").asBoolean(true)));
    }
    String name = json.path("group").asText();
    return new TaskGroup(
        name, json.path("group_alias").asText(name), version("0"), members, aggregates, json);
  }

  private LeafTask task() {
    for (String key : UNSUPPORTED) {
      if (json.hasNonNull(key)) {
        throw new IllegalArgumentException(
            key + " is not supported: prepare the records beforehand");
      }
    }
    String name = json.path("task").asText("");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a task file needs the key task (or group)");
    }
    OutputType type = OutputType.of(json.path("output_type").asText("generate_until"));
    TaskData data = TaskData.read(json, file);
    Prompt prompt = prompt(type);
    return new LeafTask(
        name,
        json.path("task_alias").asText(name),
        version("Yaml"),
        type,
        data.evalDocs(),
        prompt,
        fewshot(data),
        type == OutputType.GENERATE_UNTIL ? generation(prompt) : null,
        FilterPipeline.readAll(json.path("filter_list")),
        MetricSpec.readAll(json, type),
        json);
  }

  private String version(String fallback) {
    JsonNode version = json.path("metadata").path("version");
    return version.isMissingNode() ? fallback : version.asText();
  }

  private Prompt prompt(OutputType type) {
    DocField choices = field("doc_to_choice");
    if (type == OutputType.MULTIPLE_CHOICE && choices == null) {
      throw new IllegalArgumentException("output_type multiple_choice needs doc_to_choice");
    }
    return new Prompt(
        field("description"),
        required("doc_to_text"),
        required("doc_to_target"),
        choices,
        field("gen_prefix"),
        json.path("target_delimiter").asText(" "),
        json.path("fewshot_delimiter").asText("\n\n"));
  }

  private DocField required(String key) {
    DocField field = field(key);
    if (field == null) {
      throw new IllegalArgumentException("the key " + key + " is missing");
    }
    return field;
  }

  private DocField field(String key) {
    return json.hasNonNull(key) ? new DocField(key, json.get(key)) : null;
  }

  private Fewshot fewshot(TaskData data) {
    JsonNode config = json.path("fewshot_config");
    config
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (!FEWSHOT_KEYS.contains(key)) {
                throw new IllegalArgumentException(
                    "fewshot_config.%s is not supported; there are %s"
                        .formatted(key, FEWSHOT_KEYS));
              }
            });
    String sampler = config.path("sampler").asText("default");
    if (!sampler.equals("default") && !sampler.equals("first_n") && !sampler.equals("random")) {
      throw new IllegalArgumentException(
          "fewshot_config.sampler '%s' is unknown; there are first_n and default (random)"
              .formatted(sampler));
    }
    return new Fewshot(
        json.path("num_fewshot").asInt(0),
        data.fewshotPool(),
        sampler.equals("first_n"),
        data.fewshotPoolHoldsEvalDocs());
  }

  private Generation generation(Prompt prompt) {
    JsonNode kwargs = json.path("generation_kwargs");
    List<String> until = new ArrayList<>();
    JsonNode stops = kwargs.path("until");
    if (stops.isTextual()) {
      until.add(stops.asText());
    } else if (stops.isArray()) {
      stops.forEach(stop -> until.add(stop.asText()));
    } else {
      until.add(prompt.fewshotDelimiter());
    }
    until.removeIf(String::isEmpty);
    int maxNewTokens = DEFAULT_MAX_NEW_TOKENS;
    for (String name : MAX_TOKEN_NAMES.reversed()) {
      maxNewTokens = kwargs.path(name).asInt(maxNewTokens);
    }
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException(
          "generation_kwargs.max_gen_toks is %d; it must be at least 1".formatted(maxNewTokens));
    }
    return new Generation(
        until,
        maxNewTokens,
        kwargs.path("do_sample").asBoolean(false),
        Math.max(json.path("repeats").asInt(1), 1),
        kwargs.isObject() ? (ObjectNode) kwargs : json.objectNode());
  }
}
