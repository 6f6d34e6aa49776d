package dev.sifter.train.data.record;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.FileErrors;
import dev.sifter.train.options.YamlTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The configurations of a data set, as the card of its folder has them: {@code configs} in the YAML
 * at the head of {@code README.md}, by the rules of Hugging Face's {@code load_dataset}.
 */
final class DatasetCard {
  private static final String CARD = "README.md";
  private static final Pattern HEAD =
      Pattern.compile("\\A\\s*---\\R(.*?\\R)?---(\\R|\\z)", Pattern.DOTALL);

  private final Path folder;
  private final Map<String, JsonNode> configs = new LinkedHashMap<>();

  private DatasetCard(Path folder) {
    this.folder = folder;
  }

  /**
   * The card of a folder; without configurations where there is none, or it names none.
   *
   * @throws DataException if it is not what it should be
   */
  static DatasetCard of(Path folder) {
    DatasetCard card = new DatasetCard(folder);
    Path file = folder.resolve(CARD);
    if (Files.isRegularFile(file)) {
      card.read(file);
    }
    return card;
  }

  private void read(Path file) {
    try {
      // Only the head matters, and that is YAML, which has no other characters.
      Matcher head = HEAD.matcher(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
      if (!head.find() || head.group(1) == null) {
        return;
      }
      for (JsonNode config : YamlTree.read(head.group(1)).path("configs")) {
        String name = config.path("config_name").asText();
        if (name.isEmpty()) {
          throw new DataException(
              "%s: an entry of configs has no config_name: %s".formatted(file, config));
        }
        configs.put(name, config);
      }
    } catch (YamlTree.Malformed e) {
      throw new DataException(
          "%s: its head, between lines of ---, is not YAML: %s".formatted(file, e.getMessage()));
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + file, e);
    }
  }

  boolean isEmpty() {
    return configs.isEmpty();
  }

  /**
   * The files of a split.
   *
   * @param name of the configuration; null for the one that holds where none is named
   * @throws DataException if there is no such configuration, or no such split in it
   */
  List<Path> files(String name, String split) {
    JsonNode config = config(name);
    Path base = folder.resolve(config.path("data_dir").asText(""));
    JsonNode dataFiles = config.path("data_files");
    if (dataFiles.isMissingNode() || dataFiles.isNull()) {
      return SplitFiles.of(base, split);
    }
    Map<String, List<String>> splits = splits(dataFiles);
    if (!splits.containsKey(split)) {
      throw new DataException(
          "the config '%s' of %s has no split '%s': it has %s"
              .formatted(config.path("config_name").asText(), folder, split, splits.keySet()));
    }
    List<Path> files = new ArrayList<>();
    for (String pattern : splits.get(split)) {
      files.addAll(DataFiles.below(base, pattern));
    }
    if (files.isEmpty()) {
      throw new DataException(
          "no file matches %s, which %s names for the split '%s' of the config '%s'"
              .formatted(
                  splits.get(split),
                  folder.resolve(CARD),
                  split,
                  config.path("config_name").asText()));
    }
    return files;
  }

  private JsonNode config(String name) {
    if (name != null) {
      JsonNode config = configs.get(name);
      if (config == null) {
        throw new DataException(
            "the data set %s has no config '%s': it has %s"
                .formatted(folder, name, configs.keySet()));
      }
      return config;
    }
    List<JsonNode> defaults =
        configs.entrySet().stream()
            .filter(
                config ->
                    configs.size() == 1
                        || config.getKey().equals("default")
                        || config.getValue().path("default").asBoolean())
            .map(Map.Entry::getValue)
            .toList();
    if (defaults.size() != 1) {
      throw new DataException(
          "the data set %s has the configs %s: choose one, with dataset_config, or name in an entry"
                  .formatted(folder, configs.keySet())
              + " of datasets; or name the files themselves");
    }
    return defaults.getFirst();
  }

  /** Patterns by split: those that stand for themselves are the split train. */
  private Map<String, List<String>> splits(JsonNode dataFiles) {
    Map<String, List<String>> splits = new LinkedHashMap<>();
    for (JsonNode item : dataFiles.isArray() ? dataFiles : List.of(dataFiles)) {
      String split = item.isTextual() ? "train" : item.path("split").asText();
      JsonNode paths = item.isTextual() ? item : item.path("path");
      if (split.isEmpty() || paths.isMissingNode()) {
        throw new DataException(
            "%s: an entry of data_files is %s; it must be a path, or split and path"
                .formatted(folder.resolve(CARD), item));
      }
      List<String> patterns = splits.computeIfAbsent(split, _ -> new ArrayList<>());
      (paths.isArray() ? paths : List.of(paths)).forEach(path -> patterns.add(path.asText()));
    }
    return splits;
  }
}
