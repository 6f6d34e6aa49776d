package dev.sifter.train.eval.metric;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Words of a text, and n-grams of them. */
final class Words {
  /** What Python's {@code str.split()} takes for white space. */
  private static final Pattern SPACES =
      Pattern.compile("[\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);

  private Words() {}

  /** The pieces between white space, none of them empty. */
  static List<String> split(String text) {
    return Arrays.stream(SPACES.split(text)).filter(word -> !word.isEmpty()).toList();
  }

  /** Characters (code points) of a text without its white space, each as a text. */
  static List<String> characters(String text) {
    return SPACES.matcher(text).replaceAll("").codePoints().mapToObj(Character::toString).toList();
  }

  /** How often each n-gram occurs. */
  static Map<List<String>, Integer> ngrams(List<String> units, int n) {
    Map<List<String>, Integer> counts = new HashMap<>();
    for (int i = 0; i + n <= units.size(); i++) {
      counts.merge(units.subList(i, i + n), 1, Integer::sum);
    }
    return counts;
  }

  /** Σ over n-grams of the lesser count. */
  static int matches(Map<List<String>, Integer> first, Map<List<String>, Integer> second) {
    int matches = 0;
    for (Map.Entry<List<String>, Integer> entry : first.entrySet()) {
      matches += Math.min(entry.getValue(), second.getOrDefault(entry.getKey(), 0));
    }
    return matches;
  }
}
