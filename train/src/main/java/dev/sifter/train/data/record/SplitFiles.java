package dev.sifter.train.data.record;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The files of a split in a folder, and their order, by the rules of Hugging Face's {@code
 * load_dataset}: the first of these in which a file names any split at all.
 *
 * <ol>
 *   <li>{@code data/SPLIT-00000-of-00001.parquet}, as the Hub has them;
 *   <li>a folder's name in which the split's name, or a usual other name of it, stands between
 *       separators;
 *   <li>a file's name in which it does;
 *   <li>all files are the split {@code train}.
 * </ol>
 */
final class SplitFiles {
  private static final Set<String> RECORDS =
      Set.of("json", "jsonl", "ndjson", "csv", "tsv", "parquet");

  /** Data only where there are no records: a licence may lie beside them. */
  private static final Set<String> TEXT = Set.of("txt");

  /** What {@code save_to_disk} and the hub write beside the data. */
  private static final Set<String> NOT_DATA =
      Set.of("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json");

  private static final Map<String, List<String>> NAMES =
      Map.of(
          "train", List.of("train", "training"),
          "validation", List.of("validation", "valid", "dev", "val"),
          "test", List.of("test", "testing", "eval", "evaluation"));

  /** Of a path with slashes; %s is a name of the split. In this order files are taken. */
  private static final List<List<String>> RULES =
      List.of(
          List.of("data/%s-[0-9]{5}-of-[0-9]{5}[^/]*\\.[^/]*"),
          List.of(
              "(.*/)?%s/.*",
              "(.*/)?%s[-._ 0-9][^/]*/.*",
              "(.*/)?[^/]*[-._ 0-9]%s/.*",
              "(.*/)?[^/]*[-._ 0-9]%s[-._ 0-9][^/]*/.*"),
          List.of("(.*/)?%s[-._ 0-9][^/]*", "(.*/)?[^/]*[-._ 0-9]%s[-._ 0-9][^/]*"));

  private static final Pattern HIDDEN = Pattern.compile("(^|/)(\\.|__)");

  private SplitFiles() {}

  /**
   * Those of a folder's files that are the split.
   *
   * @throws DataException if there are none
   */
  static List<Path> of(Path folder, String split) {
    List<String> records = data(folder, RECORDS);
    List<String> data = records.isEmpty() ? data(folder, TEXT) : records;
    for (List<String> rule : RULES) {
      Set<String> named = named(data, rule, split);
      if (!named.isEmpty()) {
        return named.stream().map(folder::resolve).toList();
      }
      if (NAMES.keySet().stream().anyMatch(any -> !named(data, rule, any).isEmpty())) {
        throw noSuchSplit(folder, data, split);
      }
    }
    if (!split.equals("train") || data.isEmpty()) {
      throw noSuchSplit(folder, data, split);
    }
    return data.stream().map(folder::resolve).toList();
  }

  private static DataException noSuchSplit(Path folder, List<String> data, String split) {
    return new DataException(
        "the folder %s has no file of the split '%s': its data files are %s. Name the files"
            .formatted(folder, split, data));
  }

  private static String withSlashes(Path relative) {
    List<String> names = new ArrayList<>();
    relative.forEach(name -> names.add(name.toString()));
    return String.join("/", names);
  }

  private static List<String> data(Path folder, Set<String> extensions) {
    return DataFiles.all(folder).stream()
        .filter(file -> extensions.contains(DataInput.extension(file)))
        .filter(file -> !NOT_DATA.contains(file.getFileName().toString()))
        .map(file -> withSlashes(folder.relativize(file)))
        .filter(path -> !isHidden(path))
        .toList();
  }

  /** Whether a path below a folder is passed over unless it is named. */
  static boolean isHidden(Path relative) {
    return isHidden(withSlashes(relative));
  }

  private static boolean isHidden(String path) {
    return HIDDEN.matcher(path).find();
  }

  private static Set<String> named(List<String> data, List<String> rule, String split) {
    Set<String> named = new LinkedHashSet<>();
    for (String name : NAMES.getOrDefault(split, List.of(split))) {
      for (String form : rule) {
        Pattern pattern = Pattern.compile(form.formatted(Pattern.quote(name)), Pattern.DOTALL);
        data.stream().filter(pattern.asMatchPredicate()).forEach(named::add);
      }
    }
    return named;
  }
}
