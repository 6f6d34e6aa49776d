package dev.sifter.train.eval.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The records of a task by split, each split read when it is first asked for. */
public final class TaskData {
  /** Data set paths that mean files of this kind, named by the task itself. */
  private static final Set<String> FILE_KINDS = Set.of("json", "csv", "parquet");

  /** The second says whom to trust with code, which is never run here. */
  private static final Set<String> KWARGS = Set.of("data_files", "trust_remote_code");

  private final TaskDefinition task;
  private final ObjectNode json;
  private final DatasetFolder datasets;
  private final UnaryOperator<ObjectNode> process;
  private final Map<String, List<ObjectNode>> loaded = new HashMap<>();

  /** Of the first split that the task names: the others' records have the same. */
  private Columns columns;

  /**
   * The data of a task; nothing is read yet.
   *
   * @throws IllegalArgumentException if {@code process_docs} names a function that is not known
   */
  public TaskData(TaskDefinition task, DatasetFolder datasets) {
    this.task = task;
    this.json = task.json();
    this.datasets = datasets;
    this.process =
        json.hasNonNull("process_docs")
            ? DocProcessors.of(json.path("process_docs").asText())
            : UnaryOperator.identity();
  }

  /** What is scored: the test split, or the validation split where there is none. */
  public List<ObjectNode> evalDocs() {
    String split = text("test_split", text("validation_split", null));
    if (split == null) {
      throw new IllegalArgumentException("neither test_split nor validation_split is set");
    }
    List<ObjectNode> docs = split(split);
    if (docs.isEmpty()) {
      throw new IllegalArgumentException("the split '%s' holds no record".formatted(split));
    }
    return docs;
  }

  /** Where examples come from. */
  public Supplier<List<ObjectNode>> fewshotPool() {
    JsonNode samples = json.path("fewshot_config").path("samples");
    String named = fewshotSplit();
    if (named == null && samples.isArray()) {
      List<ObjectNode> pool = new ArrayList<>();
      samples.forEach(sample -> pool.add((ObjectNode) sample));
      return () -> pool;
    }
    String split =
        named != null
            ? named
            : text("training_split", text("validation_split", text("test_split", null)));
    return () -> split(split);
  }

  /**
   * Whether a record must be taken out of its own examples. The harness's rule: where the split of
   * the examples is called as the test split is, also if neither is set.
   */
  public boolean examplesMayBeTheRecord() {
    String examples = fewshotSplit();
    String test = text("test_split", null);
    return examples == null ? test == null : examples.equals(test);
  }

  private String fewshotSplit() {
    JsonNode ofConfig = json.path("fewshot_config").path("split");
    return ofConfig.isTextual() ? ofConfig.asText() : text("fewshot_split", null);
  }

  private String text(String key, String fallback) {
    return json.hasNonNull(key) ? json.path(key).asText() : fallback;
  }

  private List<ObjectNode> split(String name) {
    List<ObjectNode> known = loaded.get(name);
    if (known == null) {
      known = readSplit(name).stream().map(process).toList();
      loaded.put(name, known);
    }
    return known;
  }

  private List<ObjectNode> readSplit(String name) {
    JsonNode files = json.path("dataset_kwargs").path("data_files");
    if (!FILE_KINDS.contains(kind())) {
      return datasets.read(json, name);
    }
    for (var setting : json.path("dataset_kwargs").properties()) {
      if (!KWARGS.contains(setting.getKey())) {
        throw new IllegalArgumentException(
            "dataset_kwargs.%s is not supported; there is data_files".formatted(setting.getKey()));
      }
    }
    if (files.isMissingNode()) {
      throw new IllegalArgumentException(
          "dataset_kwargs.data_files is missing: set it to the data's files, by split");
    }
    JsonNode ofSplit = files.isObject() ? files.path(name) : files;
    if (ofSplit.isMissingNode() || !files.isObject() && !name.equals("train")) {
      throw new IllegalArgumentException(
          "there is no split '%s' in dataset_kwargs.data_files; there are %s"
              .formatted(name, splits(files)));
    }
    List<ObjectNode> records = readFiles(ofSplit);
    if (columns == null) {
      String first = splits(files).getFirst();
      columns =
          new Columns(name.equals(first) ? records : readFiles(files.path(first)), wholeBits());
    }
    return records.stream().map(columns::of).toList();
  }

  /** In tables whole numbers may need all of 64 bits; in JSON Lines the sign has one of them. */
  private int wholeBits() {
    return kind().equals("json") ? Long.SIZE - 1 : Long.SIZE;
  }

  private String kind() {
    return json.path("dataset_path").asText("json");
  }

  private List<ObjectNode> readFiles(JsonNode paths) {
    List<ObjectNode> records = new ArrayList<>();
    for (String path : TaskDefinition.texts(paths)) {
      records.addAll(DatasetFolder.readRecords(find(path)));
    }
    return kind().equals("csv") ? CsvValues.of(records) : records;
  }

  private static List<String> splits(JsonNode files) {
    List<String> names = new ArrayList<>();
    files.fieldNames().forEachRemaining(names::add);
    return files.isObject() ? names : List.of("train");
  }

  /** Paths are relative to the task file, to the folder above it, or to the working folder. */
  private Path find(String path) {
    List<Path> places = new ArrayList<>();
    if (task.file() != null) {
      Path folder = task.file().getParent();
      places.add(folder.resolve(path));
      if (folder.getParent() != null) {
        places.add(folder.getParent().resolve(path));
      }
    }
    places.add(Path.of(path).toAbsolutePath());
    return places.stream()
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the data file '%s' is nowhere; looked for %s".formatted(path, places)));
  }
}
