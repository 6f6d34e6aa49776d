package dev.sifter.train.eval.metric;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * ROUGE (Lin 2004) of one text as rouge_score computes it without a stemmer: words are runs of a to
 * z and 0 to 9 in lower case; the score is F₁ of n-grams, or of the longest common subsequence.
 */
public enum Rouge {
  /** Words. */
  ROUGE1(1),
  /** Pairs of words. */
  ROUGE2(2),
  /** The longest common subsequence. */
  ROUGE_L(0);

  private final int order;

  Rouge(int order) {
    this.order = order;
  }

  /** F₁ from 0 to 1. */
  public double score(String hypothesis, String reference) {
    List<String> written = words(hypothesis);
    List<String> wanted = words(reference);
    int length = Math.max(1, order);
    int matches =
        order == 0
            ? longestCommonSubsequence(wanted, written)
            : Words.matches(Words.ngrams(wanted, order), Words.ngrams(written, order));
    double precision = (double) matches / Math.max(1, written.size() - length + 1);
    double recall = (double) matches / Math.max(1, wanted.size() - length + 1);
    return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
  }

  private static List<String> words(String text) {
    String plain = text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", " ");
    return Arrays.stream(plain.split(" ")).filter(word -> !word.isEmpty()).toList();
  }

  private static int longestCommonSubsequence(List<String> first, List<String> second) {
    int[] above = new int[second.size() + 1];
    for (String word : first) {
      int[] row = new int[above.length];
      for (int j = 1; j < row.length; j++) {
        row[j] = word.equals(second.get(j - 1)) ? above[j - 1] + 1 : Math.max(above[j], row[j - 1]);
      }
      above = row;
    }
    return above[second.size()];
  }
}
