package dev.sifter.train.eval.metric;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * chrF (Popović 2015) and chrF++ (2017) as sacrebleu computes them: F₂ over n-grams of characters
 * up to 6, white space left out, and of words up to 2 (chrF++).
 */
public final class Chrf implements CorpusMetric {
  private static final int CHARACTER_ORDER = 6;
  private static final int BETA_SQUARED = 4;
  private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

  private final int wordOrder;

  /**
   * The metric.
   *
   * @param wordOrder longest n-gram of words: 0 for chrF, 2 for chrF++
   */
  public Chrf(int wordOrder) {
    this.wordOrder = wordOrder;
  }

  /**
   * For each order: n-grams of the hypothesis, of the reference, matches; of the best reference.
   */
  @Override
  public double[] counts(String hypothesis, List<String> references) {
    List<Map<List<String>, Integer>> written = ngrams(hypothesis);
    double[] best = null;
    double bestScore = -1;
    for (String reference : references) {
      double[] counts = counts(written, ngrams(reference));
      double score = score(counts);
      if (score > bestScore) {
        best = counts;
        bestScore = score;
      }
    }
    return best;
  }

  private List<Map<List<String>, Integer>> ngrams(String text) {
    List<Map<List<String>, Integer>> orders = new ArrayList<>();
    List<String> characters = Words.characters(text);
    for (int n = 1; n <= CHARACTER_ORDER; n++) {
      orders.add(Words.ngrams(characters, n));
    }
    List<String> words = wordOrder > 0 ? wordsAndPunctuation(text) : List.of();
    for (int n = 1; n <= wordOrder; n++) {
      orders.add(Words.ngrams(words, n));
    }
    return orders;
  }

  private static double[] counts(
      List<Map<List<String>, Integer>> written, List<Map<List<String>, Integer>> reference) {
    double[] counts = new double[3 * written.size()];
    for (int order = 0; order < written.size(); order++) {
      int ofReference = total(reference.get(order));
      counts[3 * order] = ofReference == 0 ? 0 : total(written.get(order));
      counts[3 * order + 1] = ofReference;
      counts[3 * order + 2] = Words.matches(written.get(order), reference.get(order));
    }
    return counts;
  }

  private static int total(Map<List<String>, Integer> ngrams) {
    return ngrams.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** One sign of punctuation is cut off each word's end, or else off its beginning. */
  private static List<String> wordsAndPunctuation(String text) {
    List<String> words = new ArrayList<>();
    for (String word : Words.split(text)) {
      int last = word.length() - 1;
      if (last > 0 && PUNCTUATION.indexOf(word.charAt(last)) >= 0) {
        words.add(word.substring(0, last));
        words.add(word.substring(last));
      } else if (last > 0 && PUNCTUATION.indexOf(word.charAt(0)) >= 0) {
        words.add(word.substring(0, 1));
        words.add(word.substring(1));
      } else {
        words.add(word);
      }
    }
    return words;
  }

  /** 100 · (1 + β²)·P·R / (β²·P + R), P and R averaged over the orders that both texts have. */
  @Override
  public double score(double[] sums) {
    double precision = 0;
    double recall = 0;
    int orders = 0;
    for (int i = 0; i < sums.length; i += 3) {
      if (sums[i] > 0 && sums[i + 1] > 0) {
        precision += sums[i + 2] / sums[i];
        recall += sums[i + 2] / sums[i + 1];
        orders++;
      }
    }
    if (precision + recall == 0) {
      return 0;
    }
    precision /= orders;
    recall /= orders;
    return 100 * ((1 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall));
  }
}
