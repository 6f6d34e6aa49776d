package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The records of a task, from local JSONL files.
 *
 * @param evalDocs what is scored: the test split, or the validation split where there is none
 * @param fewshotPool where examples come from
 * @param fewshotPoolHoldsEvalDocs whether both are the same split
 */
record TaskData(
    List<ObjectNode> evalDocs, List<ObjectNode> fewshotPool, boolean fewshotPoolHoldsEvalDocs) {

  static TaskData read(ObjectNode json, Path taskFile) {
    String path = json.path("dataset_path").asText("json");
    JsonNode files = json.path("dataset_kwargs").path("data_files");
    if (!path.equals("json") || files.isMissingNode()) {
      throw new IllegalArgumentException(
          ("dataset_path '%s' is no local data set: set dataset_path: json and"
                  + " dataset_kwargs.data_files to JSONL files, by split")
              .formatted(path));
    }
    return new Splits(files, taskFile).read(json);
  }

  /** The files by split, each read when it is first asked for. */
  private static final class Splits {
    private final Path taskFile;
    private final Map<String, JsonNode> files = new LinkedHashMap<>();
    private final Map<String, List<ObjectNode>> loaded = new LinkedHashMap<>();

    Splits(JsonNode dataFiles, Path taskFile) {
      this.taskFile = taskFile;
      if (dataFiles.isObject()) {
        dataFiles.properties().forEach(entry -> files.put(entry.getKey(), entry.getValue()));
      } else {
        files.put("train", dataFiles);
      }
    }

    TaskData read(ObjectNode json) {
      String test = json.path("test_split").asText(json.path("validation_split").asText(""));
      if (test.isEmpty()) {
        throw new IllegalArgumentException("neither test_split nor validation_split is set");
      }
      List<ObjectNode> evalDocs = split(test);
      if (evalDocs.isEmpty()) {
        throw new IllegalArgumentException("the split '%s' holds no record".formatted(test));
      }
      JsonNode fewshot = json.path("fewshot_config");
      String named = fewshot.path("split").asText(json.path("fewshot_split").asText(""));
      if (!named.isEmpty()) {
        return new TaskData(evalDocs, split(named), named.equals(test));
      }
      if (fewshot.path("samples").isArray()) {
        List<ObjectNode> samples = new ArrayList<>();
        fewshot.path("samples").forEach(sample -> samples.add((ObjectNode) sample));
        return new TaskData(evalDocs, samples, false);
      }
      for (String key : List.of("training_split", "validation_split")) {
        if (json.hasNonNull(key)) {
          return new TaskData(evalDocs, split(json.path(key).asText()), false);
        }
      }
      return new TaskData(evalDocs, evalDocs, true);
    }

    private List<ObjectNode> split(String name) {
      if (!files.containsKey(name)) {
        throw new IllegalArgumentException(
            "there is no split '%s' in dataset_kwargs.data_files; there are %s"
                .formatted(name, files.keySet()));
      }
      List<ObjectNode> known = loaded.get(name);
      if (known == null) {
        known = new ArrayList<>();
        JsonNode entry = files.get(name);
        for (JsonNode path : entry.isArray() ? entry : List.of(entry)) {
          known.addAll(TaskFile.readRecords(find(path.asText())));
        }
        loaded.put(name, known);
      }
      return known;
    }

    /** Paths are relative to the task file, to the folder above it, or to the working folder. */
    private Path find(String path) {
      Path folder = taskFile.getParent();
      List<Path> places = new ArrayList<>(List.of(folder.resolve(path)));
      if (folder.getParent() != null) {
        places.add(folder.getParent().resolve(path));
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
}
