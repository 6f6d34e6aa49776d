package dev.sifter.train.data.record;

import dev.sifter.model.FileErrors;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Finds and opens the files that a configuration names. */
public final class DataFiles {
  private DataFiles() {}

  /**
   * The files of several paths, globs and folders, those of a glob or folder in the order of their
   * names.
   *
   * @param split of which split to take the files of a folder, see {@link SplitFiles}
   * @param config of which configuration, see {@link DatasetCard}; null where none is named
   * @throws DataException if one of them finds no file
   */
  public static List<Path> expand(List<String> patterns, String split, String config) {
    if (patterns.isEmpty()) {
      throw new DataException("no data files are named: set dataset_name (paths or globs)");
    }
    List<Path> files = new ArrayList<>();
    for (String pattern : patterns) {
      List<Path> found = isGlob(pattern) ? glob(pattern) : literal(pattern, split, config);
      if (found.isEmpty()) {
        refusePipe(pattern);
        throw new DataException(
            "no data file matches '%s'%s".formatted(pattern, HubName.dataAdvice(pattern)));
      }
      files.addAll(found);
    }
    return files;
  }

  /**
   * A reader of a text file, plain or packed with gzip or Zstandard, that fails on bytes which are
   * not UTF-8.
   */
  public static BufferedReader openText(Path file) throws IOException {
    return DataInput.openText(file);
  }

  /** What flows by once could not be read again when the run is resumed. */
  private static void refusePipe(String name) {
    if (!isGlob(name) && Files.exists(Path.of(name)) && !Files.isDirectory(Path.of(name))) {
      throw new DataException(
          "%s is a pipe or a device; a run reads its data again when it is resumed: write it to a file"
              .formatted(name));
    }
  }

  private static List<Path> literal(String name, String split, String config) {
    Path path = Path.of(name);
    if (Files.isDirectory(path)) {
      return ofFolder(path, split, config);
    }
    return Files.isRegularFile(path) ? List.of(path) : List.of();
  }

  private static List<Path> ofFolder(Path folder, String split, String config) {
    DatasetCard card = DatasetCard.of(folder);
    if (!card.isEmpty()) {
      return card.files(config, split);
    }
    if (config != null && !config.equals("default")) {
      throw new DataException(
          "the folder %s has no README.md with configs, of which '%s' could be one: name its files"
              .formatted(folder, config));
    }
    return SplitFiles.of(folder, split);
  }

  /** All files below a folder. */
  static List<Path> all(Path folder) {
    return files(folder, Integer.MAX_VALUE, _ -> true);
  }

  /** The files below a folder that a name or pattern of a data set's card stands for. */
  static List<Path> below(Path folder, String pattern) {
    if (!isGlob(pattern)) {
      Path file = folder.resolve(pattern);
      return Files.isRegularFile(file) ? List.of(file) : List.of();
    }
    // There ** stands for no folder, too.
    return glob(folder, pattern.replace("**/", "{**/,}")).stream()
        .filter(file -> !SplitFiles.isHidden(folder.relativize(file)))
        .toList();
  }

  private static int firstWildcard(String pattern) {
    for (int i = 0; i < pattern.length(); i++) {
      if ("*?[{".indexOf(pattern.charAt(i)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** A name, with wildcards perhaps, as it is below a folder; an absolute one stays. */
  public static String below(String folder, String name) {
    int wildcard = firstWildcard(name);
    Path certain = Path.of(wildcard < 0 ? name : name.substring(0, wildcard));
    return certain.isAbsolute() ? name : folder + "/" + name;
  }

  /** Whether a name has wildcards: Windows makes no path of one that has. */
  public static boolean isGlob(String name) {
    return firstWildcard(name) >= 0;
  }

  /** The files that match a pattern, in the order of their names; empty for none. */
  public static List<Path> glob(String pattern) {
    String unixPattern = pattern.replace('\\', '/');
    int slash = unixPattern.lastIndexOf('/', firstWildcard(pattern));
    Path folder = Path.of(slash < 0 ? "." : pattern.substring(0, Math.max(slash, 1)));
    return Files.isDirectory(folder) ? glob(folder, unixPattern.substring(slash + 1)) : List.of();
  }

  private static List<Path> glob(Path folder, String below) {
    // Only ** goes deeper than the pattern: what lies below may be large, or not be readable.
    int depth =
        below.contains("**")
            ? Integer.MAX_VALUE
            : 1 + (int) below.chars().filter(c -> c == '/').count();
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + below);
    return files(folder, depth, file -> matcher.matches(folder.relativize(file)));
  }

  private static List<Path> files(Path folder, int depth, Predicate<Path> filter) {
    try (Stream<Path> walk = Files.walk(folder, depth)) {
      return walk.filter(Files::isRegularFile).filter(filter).sorted().toList();
    } catch (IOException e) {
      throw FileErrors.because("cannot list " + folder, e);
    }
  }
}
