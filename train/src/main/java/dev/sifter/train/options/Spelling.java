package dev.sifter.train.options;

import java.util.Collection;
import java.util.Comparator;

/** What was perhaps meant by a word that nobody knows. */
public final class Spelling {
  private Spelling() {}

  /** The word, of those that are known, from which the fewest letters differ. */
  public static String nearest(String word, Collection<?> known) {
    return known.stream()
        .map(Object::toString)
        .min(Comparator.comparingInt((String one) -> distance(word, one)).thenComparing(one -> one))
        .orElseThrow();
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
