package dev.sifter.train.eval.source;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.FileErrors;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DataFiles;
import dev.sifter.train.data.record.DatasetReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A folder with the published files of data sets: as their authors publish them, where a task names
 * those files, or as the Hugging Face Hub has them, under {@code OWNER/NAME} or {@code NAME}.
 */
public final class DatasetFolder {
  /** What is read, packed or not. */
  private static final String EXTENSIONS =
      "{parquet,jsonl,json,csv,tsv,jsonl.gz,json.gz,csv.gz,jsonl.zst,raw}";

  private static final Map<String, List<String>> SPLIT_NAMES =
      Map.of("validation", List.of("validation", "valid", "val", "dev"));

  /** Where a split's files lie in a data set's folder; %s is its configuration, %S the split. */
  private static final List<String> HUB_PATTERNS =
      List.of(
          "%C/%S-*.parquet",
          "%C/%S/*.parquet",
          "data/%C/%S-*.parquet",
          "data/%S-*.parquet",
          "%S-*.parquet",
          "%C/%S." + EXTENSIONS,
          "data/%C/%S." + EXTENSIONS,
          "data/%S." + EXTENSIONS,
          "%C_%S." + EXTENSIONS,
          "%S." + EXTENSIONS);

  private final Path root;

  /**
   * A folder.
   *
   * @param root null if the user has named none
   */
  public DatasetFolder(Path root) {
    if (root != null && !Files.isDirectory(root)) {
      throw new IllegalArgumentException("--data %s: there is no such folder".formatted(root));
    }
    this.root = root;
  }

  /**
   * The records of a split.
   *
   * @throws IllegalArgumentException if its files are nowhere; with where they can be had
   */
  List<ObjectNode> read(ObjectNode task, String split) {
    if (root == null) {
      throw new IllegalArgumentException(
          "its data set %s is not here: name the folder of your data sets with --data DIR. %s"
              .formatted(task.path("dataset_path").asText(), advice(task, split)));
    }
    List<Path> folders = folders(task);
    for (String pattern : patterns(task, split)) {
      for (Path folder : folders) {
        List<Path> files = match(folder, pattern);
        if (!files.isEmpty()) {
          return records(task, split, files);
        }
      }
    }
    for (Path folder : folders) {
      List<Path> files = byCard(folder, task, split);
      if (!files.isEmpty()) {
        return records(task, split, files);
      }
    }
    throw new IllegalArgumentException(
        "the split '%s' of its data set %s is not in %s. %s"
            .formatted(split, task.path("dataset_path").asText(), root, advice(task, split)));
  }

  /** The files of a split where a folder's card says it, or its files' paths; empty elsewhere. */
  private static List<Path> byCard(Path folder, ObjectNode task, String split) {
    String config = task.path("dataset_name").asText(null);
    try {
      return DataFiles.expand(List.of(folder.toString()), split, config);
    } catch (DataException notThere) {
      return List.of();
    }
  }

  private static String advice(ObjectNode task, String split) {
    String path = task.path("dataset_path").asText();
    String source = task.path("dataset_source").asText("https://huggingface.co/datasets/" + path);
    String folder =
        TaskDefinition.texts(task.path("dataset_folders")).stream().findFirst().orElse(path);
    return "Get it from %s and put its files into DIR/%s, such as %s"
        .formatted(source, folder, String.join(" or ", examples(task, split)));
  }

  private static List<String> examples(ObjectNode task, String split) {
    List<String> all = patterns(task, split);
    int own = TaskDefinition.texts(task.path("dataset_files").path(split)).size();
    return own == 0 ? List.of(all.getFirst()) : List.of(all.getFirst(), all.get(own));
  }

  /** Files that the task names, then what the Hub calls them. */
  private static List<String> patterns(ObjectNode task, String split) {
    String name = task.path("dataset_name").asText("");
    List<String> patterns = new ArrayList<>();
    for (String file : TaskDefinition.texts(task.path("dataset_files").path(split))) {
      patterns.add(file.replace("{name}", name));
    }
    for (String pattern : HUB_PATTERNS) {
      for (String splitName : SPLIT_NAMES.getOrDefault(split, List.of(split))) {
        boolean needsName = pattern.contains("%C");
        if (!needsName || !name.isEmpty() && !name.equals("null")) {
          patterns.add(pattern.replace("%C", name).replace("%S", splitName));
        }
      }
    }
    return patterns;
  }

  /** Folders that may be the data set's, existing ones only. */
  private List<Path> folders(ObjectNode task) {
    String path = task.path("dataset_path").asText();
    Set<Path> folders = new LinkedHashSet<>();
    folders.add(root.resolve(path));
    folders.addAll(snapshots(root.resolve("datasets--" + path.replace("/", "--"))));
    folders.add(root.resolve(path.substring(path.lastIndexOf('/') + 1)));
    for (String name : TaskDefinition.texts(task.path("dataset_folders"))) {
      folders.add(root.resolve(name));
    }
    folders.add(root.resolve(task.path("task").asText()));
    return folders.stream().filter(Files::isDirectory).toList();
  }

  /** The Hub's own cache keeps a folder for every revision. */
  private static List<Path> snapshots(Path cached) {
    Path folder = cached.resolve("snapshots");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> revisions = Files.list(folder)) {
      return revisions.sorted().toList();
    } catch (IOException e) {
      throw FileErrors.because("cannot list " + folder, e);
    }
  }

  private static List<Path> match(Path folder, String pattern) {
    int slash = pattern.lastIndexOf('/');
    Path place = slash < 0 ? folder : folder.resolve(pattern.substring(0, slash));
    if (!Files.isDirectory(place)) {
      return List.of();
    }
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream =
        Files.newDirectoryStream(place, pattern.substring(slash + 1))) {
      stream.forEach(files::add);
    } catch (IOException e) {
      throw FileErrors.because("cannot list " + place, e);
    }
    files.sort(null);
    return files;
  }

  private static List<ObjectNode> records(ObjectNode task, String split, List<Path> files) {
    List<String> columns = TaskDefinition.texts(task.path("dataset_columns"));
    List<ObjectNode> records = new ArrayList<>();
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.endsWith(".csv") && !columns.isEmpty()) {
        records.addAll(PlainRecords.table(file, columns));
      } else if (name.endsWith(".raw")) {
        records.addAll(PlainRecords.pages(file));
      } else {
        records.addAll(readRecords(file));
      }
    }
    addLabels(task, split, files.getFirst().getParent(), records);
    return records;
  }

  /** Some data sets keep their labels in a file of their own, one a line. */
  private static void addLabels(
      ObjectNode task, String split, Path folder, List<ObjectNode> records) {
    if (records.isEmpty() || records.getFirst().has("label")) {
      return;
    }
    for (String name : TaskDefinition.texts(task.path("dataset_labels").path(split))) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        PlainRecords.addLabels(file, records);
        return;
      }
    }
  }

  /** The records of one file. */
  static List<ObjectNode> readRecords(Path file) {
    List<ObjectNode> records = new ArrayList<>();
    try (DatasetReader reader = DatasetReader.open(List.of(file.toString()))) {
      reader.forEachRemaining(raw -> records.add(raw.parse().fields()));
    }
    return records;
  }
}
