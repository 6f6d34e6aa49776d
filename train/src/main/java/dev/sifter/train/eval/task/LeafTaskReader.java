package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.generate.GenerationConfigReader;
import dev.sifter.train.eval.filter.FilterPipeline;
import dev.sifter.train.eval.source.DatasetFolder;
import dev.sifter.train.eval.source.TaskData;
import dev.sifter.train.eval.source.TaskDefinition;
import dev.sifter.train.eval.task.LeafTask.Fewshot;
import dev.sifter.train.eval.task.LeafTask.Generation;
import dev.sifter.train.eval.task.LeafTask.Prompt;
import dev.sifter.train.options.Spelling;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes a task of what its file says. */
final class LeafTaskReader {
  /** New tokens where a task names no number. */
  static final int DEFAULT_MAX_NEW_TOKENS = 256;

  /** Keys whose meaning would be lost if they were passed over, and what to do instead. */
  private static final Map<String, String> UNSUPPORTED =
      Map.of(
          "custom_dataset", "prepare the records beforehand and name their file",
          "use_prompt", "write the prompt out as doc_to_text and doc_to_target",
          "doc_to_image", "only texts can be asked about",
          "doc_to_audio", "only texts can be asked about",
          "class", "it is Python, which is not run here; write the task as YAML");

  /** Keys of the harness's TaskConfig, those that its loader takes, and those of built-in tasks. */
  private static final Set<String> KEYS =
      Set.of(
          """
          task task_alias tag group dataset_path dataset_name dataset_kwargs training_split
          validation_split test_split fewshot_split process_docs doc_to_text doc_to_target
          doc_to_choice process_results description target_delimiter fewshot_delimiter
          fewshot_config num_fewshot metric_list output_type generation_kwargs repeats filter_list
          should_decontaminate doc_to_decontamination_query gen_prefix unsafe_code metadata
          dataset_files dataset_folders dataset_labels dataset_columns dataset_source subject
          """
              .split("\\s+"));

  /** Keys of fewshot_config; the second line is laid over the task's own for the examples. */
  private static final Set<String> FEWSHOT_KEYS =
      Set.of(
          "sampler",
          "split",
          "samples",
          "doc_to_text",
          "doc_to_target",
          "doc_to_choice",
          "gen_prefix",
          "target_delimiter",
          "fewshot_delimiter");

  private static final List<String> MAX_TOKEN_NAMES =
      List.of("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens");

  private final TaskDefinition task;
  private final ObjectNode json;
  private final DatasetFolder datasets;

  LeafTaskReader(TaskDefinition task, DatasetFolder datasets) {
    this.task = task;
    this.json = task.json();
    this.datasets = datasets;
  }

  LeafTask read() {
    UNSUPPORTED.forEach(
        (key, instead) -> {
          if (json.hasNonNull(key)) {
            throw new IllegalArgumentException("%s is not supported: %s".formatted(key, instead));
          }
        });
    json.fieldNames().forEachRemaining(LeafTaskReader::requireKnown);
    if (task.name().isEmpty()) {
      throw new IllegalArgumentException("a task file needs the key task (or group)");
    }
    OutputType type = OutputType.of(json.path("output_type").asText("generate_until"));
    TaskData data = new TaskData(task, datasets);
    Prompt prompt = prompt(json);
    if (type == OutputType.MULTIPLE_CHOICE && prompt.choices() == null) {
      throw new IllegalArgumentException("output_type multiple_choice needs doc_to_choice");
    }
    ResultProcessor results =
        json.hasNonNull("process_results")
            ? ResultProcessor.of(json.path("process_results").asText())
            : null;
    return new LeafTask(
        task.name(),
        json.path("task_alias").asText(task.name()),
        version(json, "Yaml"),
        type,
        data.evalDocs(),
        prompt,
        fewshot(data),
        type == OutputType.GENERATE_UNTIL ? generation() : null,
        FilterPipeline.readAll(json.path("filter_list")),
        results,
        MetricSpec.readAll(json, type),
        json);
  }

  private static void requireKnown(String key) {
    if (!KEYS.contains(key) && !UNSUPPORTED.containsKey(key)) {
      throw new IllegalArgumentException(
          "a task has no key '%s'; did you mean '%s'?".formatted(key, Spelling.nearest(key, KEYS)));
    }
  }

  static String version(ObjectNode json, String fallback) {
    JsonNode version = json.path("metadata").path("version");
    return version.isMissingNode() ? fallback : version.asText();
  }

  private static Prompt prompt(ObjectNode json) {
    return new Prompt(
        field(json, "description"),
        required(json, "doc_to_text"),
        required(json, "doc_to_target"),
        field(json, "doc_to_choice"),
        field(json, "gen_prefix"),
        json.path("target_delimiter").asText(" "),
        fewshotDelimiter(json));
  }

  /** What comes after an example. */
  static String fewshotDelimiter(ObjectNode json) {
    return json.path("fewshot_delimiter").asText("\n\n");
  }

  private static DocField required(ObjectNode json, String key) {
    DocField field = field(json, key);
    if (field == null) {
      throw new IllegalArgumentException("the key " + key + " is missing");
    }
    return field;
  }

  private static DocField field(ObjectNode json, String key) {
    return json.hasNonNull(key) ? new DocField(key, json.get(key)) : null;
  }

  private Fewshot fewshot(TaskData data) {
    JsonNode config = json.path("fewshot_config");
    ObjectNode ofExamples = json.deepCopy();
    for (var entry : config.properties()) {
      if (!FEWSHOT_KEYS.contains(entry.getKey())) {
        throw new IllegalArgumentException(
            "fewshot_config.%s is not supported; there are %s"
                .formatted(entry.getKey(), FEWSHOT_KEYS.stream().sorted().toList()));
      }
      ofExamples.set(entry.getKey(), entry.getValue());
    }
    String sampler = config.path("sampler").asText("default");
    if (!sampler.equals("default") && !sampler.equals("first_n")) {
      throw new IllegalArgumentException(
          "fewshot_config.sampler '%s' is unknown; there are first_n and default (random)"
              .formatted(sampler));
    }
    return new Fewshot(
        json.hasNonNull("num_fewshot") ? json.path("num_fewshot").asInt() : null,
        data.fewshotPool(),
        sampler.equals("first_n"),
        data.examplesMayBeTheRecord(),
        prompt(ofExamples));
  }

  private static void requireKnownSetting(String name, JsonNode value) {
    Set<String> known = GenerationConfigReader.known();
    known.addAll(MAX_TOKEN_NAMES);
    known.add("until");
    if (!known.contains(name)) {
      throw new IllegalArgumentException(
          "generation_kwargs has no '%s'; did you mean '%s'?"
              .formatted(name, Spelling.nearest(name, known)));
    }
    if (GenerationConfigReader.isMissed(name, value)) {
      throw new IllegalArgumentException(
          "generation_kwargs.%s is %s, which Sifter cannot do".formatted(name, value));
    }
    if (MAX_TOKEN_NAMES.contains(name) && !value.canConvertToInt()) {
      throw new IllegalArgumentException(
          "generation_kwargs.%s is %s; it must be a whole number".formatted(name, value));
    }
    if (name.equals("do_sample") && !value.isBoolean()) {
      throw new IllegalArgumentException(
          "generation_kwargs.do_sample is %s; it must be true or false".formatted(value));
    }
  }

  private static void requireOneAnswer(ObjectNode kwargs, boolean doSample) {
    JsonNode answers = kwargs.path("num_return_sequences");
    if (answers.asInt(1) != 1) {
      throw new IllegalArgumentException(
          "generation_kwargs.num_return_sequences is %s, but a request has one answer; repeats asks for more"
              .formatted(answers));
    }
    JsonNode beams = kwargs.path("num_beams");
    if (doSample && beams.asInt(1) != 1) {
      throw new IllegalArgumentException(
          "generation_kwargs.num_beams is %s, but tokens are drawn; leave it out, or set do_sample to false"
              .formatted(beams));
    }
  }

  private Generation generation() {
    ObjectNode kwargs = (ObjectNode) json.path("generation_kwargs");
    kwargs
        .properties()
        .forEach(setting -> requireKnownSetting(setting.getKey(), setting.getValue()));
    List<String> until = TaskDefinition.texts(kwargs.path("until"));
    until.removeIf(String::isEmpty);
    int maxNewTokens = DEFAULT_MAX_NEW_TOKENS;
    for (String name : MAX_TOKEN_NAMES.reversed()) {
      maxNewTokens = kwargs.path(name).asInt(maxNewTokens);
    }
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException(
          "generation_kwargs.max_gen_toks is %d; it must be at least 1".formatted(maxNewTokens));
    }
    // A temperature asks for tokens to be drawn, unless the task says that they are not.
    boolean doSample =
        kwargs.path("do_sample").asBoolean(kwargs.path("temperature").asDouble(0) > 0);
    requireOneAnswer(kwargs, doSample);
    int repeats = Math.max(json.path("repeats").asInt(1), 1);
    return new Generation(List.copyOf(until), maxNewTokens, doSample, repeats, kwargs);
  }
}
