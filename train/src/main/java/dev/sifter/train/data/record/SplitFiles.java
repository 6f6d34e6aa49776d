package dev.sifter.train.data.record;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The files of a split in a folder, by the rule of Hugging Face's {@code load_dataset}: those in
 * whose path under the folder the split's name, or a usual other name of it, stands between
 * separators. Where no file's path names any split, all files are the split {@code train}.
 */
final class SplitFiles {
  private static final Set<String> EXTENSIONS =
      Set.of("json", "jsonl", "ndjson", "csv", "tsv", "parquet");

  /** What {@code save_to_disk} and the hub write beside the data. */
  private static final Set<String> NOT_DATA =
      Set.of("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json");

  private static final Map<String, List<String>> NAMES =
      Map.of(
          "train", List.of("train", "training"),
          "validation", List.of("validation", "valid", "dev", "val"),
          "test", List.of("test", "testing", "eval", "evaluation"));

  private SplitFiles() {}

  /**
   * Those of a folder's files that are the split.
   *
   * @throws DataException if there are none
   */
  static List<Path> of(Path folder, List<Path> files, String split) {
    List<Path> data = files.stream().filter(file -> isData(folder.relativize(file))).toList();
    List<Path> named = data.stream().filter(file -> names(folder, file, split)).toList();
    if (!named.isEmpty()) {
      return named;
    }
    boolean anySplit =
        data.stream()
            .anyMatch(file -> NAMES.keySet().stream().anyMatch(name -> names(folder, file, name)));
    if (split.equals("train") && !anySplit && !data.isEmpty()) {
      return data;
    }
    throw new DataException(
        "the folder %s has no file of the split '%s': its data files are %s. Name the files"
            .formatted(folder, split, data.stream().map(folder::relativize).toList()));
  }

  private static boolean isData(Path relative) {
    boolean hidden = relative.toString().startsWith(".") || relative.toString().contains("/.");
    return !hidden
        && !NOT_DATA.contains(relative.getFileName().toString())
        && EXTENSIONS.contains(DataInput.extension(relative));
  }

  private static boolean names(Path folder, Path file, String split) {
    String path = folder.relativize(file).toString();
    for (String name : NAMES.getOrDefault(split, List.of(split))) {
      if (Pattern.compile("(^|[-._ 0-9/\\\\])" + Pattern.quote(name) + "([-._ 0-9/\\\\]|$)")
          .matcher(path)
          .find()) {
        return true;
      }
    }
    return false;
  }
}
