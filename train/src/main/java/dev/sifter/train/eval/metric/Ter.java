package dev.sifter.train.eval.metric;

import java.util.List;
import java.util.Locale;

/**
 * Translation edit rate (Snover et al. 2006) as sacrebleu computes it after Tercom: the fewest
 * insertions, deletions, substitutions and shifts of words that make the hypothesis the reference,
 * found greedily, by the reference's length; case ignored. Less is better.
 */
public final class Ter implements CorpusMetric {

  /** Edits to the nearest reference; mean length of the references. */
  @Override
  public double[] counts(String hypothesis, List<String> references) {
    List<String> written = words(hypothesis);
    int edits = Integer.MAX_VALUE;
    long length = 0;
    for (String reference : references) {
      List<String> wanted = words(reference);
      length += wanted.size();
      edits = Math.min(edits, edits(written, wanted));
    }
    return new double[] {edits, (double) length / references.size()};
  }

  private static List<String> words(String text) {
    return Words.split(text.toLowerCase(Locale.ROOT));
  }

  private static int edits(List<String> written, List<String> wanted) {
    return wanted.isEmpty() ? written.size() : new TerShifts(wanted).edits(written);
  }

  @Override
  public double score(double[] sums) {
    if (sums[1] > 0) {
      return 100 * (sums[0] / sums[1]);
    }
    return sums[0] > 0 ? 100 : 0;
  }
}
