package dev.sifter.train.eval.metric;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * BLEU (Papineni et al. 2002) as sacrebleu computes it: words by {@link Tokenizer13a}, n-grams up
 * to 4, case kept, exponential smoothing of orders without a match.
 */
public final class Bleu implements CorpusMetric {
  private static final int MAX_ORDER = 4;

  /** Where the counts of each kind begin: lengths, then matches and totals of each order. */
  private static final int MATCHES = 2;

  private static final int TOTALS = MATCHES + MAX_ORDER;

  /** The logarithm of a precision of 0. */
  private static final double LOG_OF_ZERO = -9999999999.0;

  @Override
  public double[] counts(String hypothesis, List<String> references) {
    List<String> words = Tokenizer13a.tokenize(hypothesis);
    List<List<String>> referenceWords = references.stream().map(Tokenizer13a::tokenize).toList();
    double[] counts = new double[TOTALS + MAX_ORDER];
    counts[0] = words.size();
    counts[1] = closestLength(words.size(), referenceWords);
    for (int n = 1; n <= MAX_ORDER; n++) {
      Map<List<String>, Integer> best = new HashMap<>();
      for (List<String> reference : referenceWords) {
        Words.ngrams(reference, n).forEach((ngram, count) -> best.merge(ngram, count, Math::max));
      }
      counts[MATCHES + n - 1] = Words.matches(Words.ngrams(words, n), best);
      counts[TOTALS + n - 1] = Math.max(0, words.size() - n + 1);
    }
    return counts;
  }

  /** The reference length nearest to the hypothesis's, the shorter of two. */
  private static int closestLength(int length, List<List<String>> references) {
    int closest = references.getFirst().size();
    for (List<String> reference : references) {
      int difference = Math.abs(length - reference.size()) - Math.abs(length - closest);
      if (difference < 0 || difference == 0 && reference.size() < closest) {
        closest = reference.size();
      }
    }
    return closest;
  }

  /** exp(min(0, 1 − reference length / length)) · exp(Σ ln precisionₙ / 4). */
  @Override
  public double score(double[] sums) {
    double length = sums[0];
    double referenceLength = sums[1];
    double brevity = 1;
    if (length < referenceLength) {
      brevity = length > 0 ? Math.exp(1 - referenceLength / length) : 0;
    }
    double sumOfLogs = 0;
    boolean anyMatch = false;
    double smoothing = 1;
    boolean hasNgrams = true;
    for (int n = 0; n < MAX_ORDER; n++) {
      double matches = sums[MATCHES + n];
      double total = sums[TOTALS + n];
      anyMatch |= matches > 0;
      hasNgrams &= total > 0;
      double precision = 0;
      if (hasNgrams && matches > 0) {
        precision = 100 * matches / total;
      } else if (hasNgrams) {
        smoothing *= 2;
        precision = 100 / (smoothing * total);
      }
      sumOfLogs += precision == 0 ? LOG_OF_ZERO : Math.log(precision);
    }
    return anyMatch ? brevity * Math.exp(sumOfLogs / MAX_ORDER) : 0;
  }
}
