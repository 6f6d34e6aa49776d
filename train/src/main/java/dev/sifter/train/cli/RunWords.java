package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The words after {@code sifter sft} and its like: a configuration file and the options that win
 * over it, in any order, as TRL's command line takes them: {@code --key value}, {@code
 * --key=value}, {@code --key} alone for true, and {@code --key one two} for a list.
 *
 * @param file the configuration
 * @param options keys with their two dashes, each followed by its value
 */
record RunWords(Path file, List<String> options) {
  private static final String DASHES = "--";

  /** TRL's own way to name the file. */
  private static final String CONFIG = "--config";

  private static final String TRUE = "true";

  /**
   * Tells the file from the options.
   *
   * @throws IllegalArgumentException if there is no file, or more than one
   */
  static RunWords parse(List<String> words) {
    List<String> files = new ArrayList<>();
    List<String> options = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (!word.startsWith(DASHES)) {
        files.add(word);
        continue;
      }
      int equals = word.indexOf('=');
      boolean takesNext =
          equals < 0 && i + 1 < words.size() && !words.get(i + 1).startsWith(DASHES);
      String key = equals < 0 ? word : word.substring(0, equals);
      String value = takesNext ? words.get(++i) : equals < 0 ? TRUE : word.substring(equals + 1);
      if (takesNext) {
        int end = endOfList(words, i + 1);
        value = end == i + 1 ? value : list(words.subList(i, end));
        i = end - 1;
      }
      if (key.equals(CONFIG)) {
        files.add(value);
      } else {
        options.add(key);
        options.add(value);
      }
    }
    return new RunWords(onlyFile(files, options), List.copyOf(options));
  }

  /** Where the values of an option end: at the next one, or at a configuration. */
  private static int endOfList(List<String> words, int from) {
    int end = from;
    while (end < words.size() && !words.get(end).startsWith(DASHES) && !isFile(words.get(end))) {
      end++;
    }
    return end;
  }

  /** As YAML has it, in quotes what would be more than a word. */
  private static String list(List<String> items) {
    return items.stream()
        .map(item -> item.matches("[\\w./+-]+") ? item : TextNode.valueOf(item).toString())
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static boolean isFile(String word) {
    return word.endsWith(".yaml") || word.endsWith(".yml");
  }

  private static Path onlyFile(List<String> files, List<String> options) {
    if (files.size() == 1) {
      return Path.of(files.getFirst());
    }
    if (files.isEmpty()) {
      String last = options.isEmpty() ? null : options.getLast();
      boolean isTaken = last != null && isFile(last);
      throw new IllegalArgumentException(
          isTaken
              ? "no CONFIG.yaml is given: %s was taken as the value of %s; write %s=true for a switch"
                  .formatted(last, options.get(options.size() - 2), options.get(options.size() - 2))
              : "no CONFIG.yaml is given");
    }
    throw new IllegalArgumentException(
        "one CONFIG.yaml is expected, but there are %s; options are given as --key value"
            .formatted(String.join(" and ", files)));
  }
}
