package dev.sifter.train.eval.metric;

import java.util.List;

/**
 * A metric of a whole corpus. Every segment gives counts; the score is a function of their sums, so
 * that a bootstrap over segments only adds numbers.
 */
public interface CorpusMetric {
  /**
   * The counts of one segment.
   *
   * @param hypothesis what the model wrote
   * @param references what would be right; at least one
   */
  double[] counts(String hypothesis, List<String> references);

  /** The score of a corpus, from 0 to 100 (TER: from 0), from the counts summed over segments. */
  double score(double[] sums);
}
