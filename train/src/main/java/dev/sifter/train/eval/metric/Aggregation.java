package dev.sifter.train.eval.metric;

import dev.sifter.train.eval.metric.ItemValue.Distribution;
import dev.sifter.train.eval.metric.ItemValue.Labels;
import dev.sifter.train.eval.metric.ItemValue.Outcomes;
import dev.sifter.train.eval.metric.ItemValue.Score;
import dev.sifter.train.eval.metric.ItemValue.Texts;
import dev.sifter.train.eval.metric.ItemValue.Weighted;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** How the values of items become one figure. */
public enum Aggregation {
  /** Σ value / n. */
  MEAN("mean", Score.class, ErrorBy.DEVIATION, true),
  /** The upper of the middle values. */
  MEDIAN("median", Score.class, ErrorBy.BOOTSTRAP, true),
  /** The mean of the values that are numbers. */
  NANMEAN("nanmean", Score.class, ErrorBy.BOOTSTRAP, true),
  /** exp(−mean). */
  PERPLEXITY("perplexity", Score.class, ErrorBy.BOOTSTRAP, false),
  /** exp(−Σ value / Σ weight). */
  WEIGHTED_PERPLEXITY("weighted_perplexity", Weighted.class, ErrorBy.NOTHING, false),
  /** −(Σ value / Σ weight) / ln 2. */
  BITS_PER_BYTE("bits_per_byte", Weighted.class, ErrorBy.NOTHING, false),
  /** F₁ of the second choice. */
  F1("f1", Labels.class, ErrorBy.BOOTSTRAP, true),
  /** Matthews's correlation of right and chosen. */
  MATTHEWS_CORRCOEF("matthews_corrcoef", Labels.class, ErrorBy.BOOTSTRAP, true),
  /** Mean squared error of the choices' probabilities. */
  BRIER_SCORE("brier_score", Distribution.class, ErrorBy.NOTHING, false),
  /** sacrebleu's BLEU of the corpus. */
  BLEU("bleu", Texts.class, ErrorBy.SHORT_BOOTSTRAP, true),
  /** sacrebleu's chrF of the corpus. */
  CHRF("chrf", Texts.class, ErrorBy.SHORT_BOOTSTRAP, true),
  /** sacrebleu's chrF++ of the corpus. */
  CHRF_PLUS_PLUS("chrf++", Texts.class, ErrorBy.SHORT_BOOTSTRAP, true),
  /** sacrebleu's TER of the corpus. */
  TER("ter", Texts.class, ErrorBy.SHORT_BOOTSTRAP, false),
  /** Right outcomes of all outcomes, where items have several; IFEval's instruction level. */
  OUTCOME_RATE("outcome_rate", Outcomes.class, ErrorBy.NOTHING, true);

  /** How the harness estimates a figure's standard error. */
  enum ErrorBy {
    /** Sample deviation / √n. */
    DEVIATION,
    /** Deviation of the figure over resamples. */
    BOOTSTRAP,
    /** The same with at most 100 resamples, for these take long there. */
    SHORT_BOOTSTRAP,
    /** Not at all. */
    NOTHING
  }

  private final String key;
  private final Class<? extends ItemValue> takes;
  private final ErrorBy errorBy;
  private final boolean higherIsBetter;

  Aggregation(
      String key, Class<? extends ItemValue> takes, ErrorBy errorBy, boolean higherIsBetter) {
    this.key = key;
    this.takes = takes;
    this.errorBy = errorBy;
    this.higherIsBetter = higherIsBetter;
  }

  /**
   * The aggregation of this name in task files.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Aggregation of(String key) {
    return Arrays.stream(values())
        .filter(aggregation -> aggregation.key.equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "aggregation '%s' is unknown; there are %s"
                        .formatted(key, Arrays.stream(values()).map(Aggregation::key).toList())));
  }

  /** The name in task files. */
  public String key() {
    return key;
  }

  /** What the values of items must be. */
  public Class<? extends ItemValue> takes() {
    return takes;
  }

  ErrorBy errorBy() {
    return errorBy;
  }

  /** Whether a larger figure is a better one, unless the task says otherwise. */
  public boolean higherIsBetter() {
    return higherIsBetter;
  }

  /** The figure, summed in the order of the items. */
  public double of(List<ItemValue> items) {
    return over(items).of(IntStream.range(0, items.size()).toArray());
  }

  /** The figure of any selection of these items. */
  public Statistic over(List<ItemValue> items) {
    return switch (this) {
      case MEAN -> Statistic.mean(items, mean -> mean);
      case MEDIAN -> Statistic.median(items);
      case NANMEAN -> Statistic.meanOfNumbers(items);
      case PERPLEXITY -> Statistic.mean(items, mean -> Math.exp(-mean));
      case WEIGHTED_PERPLEXITY -> Statistic.weightedMean(items, mean -> Math.exp(-mean));
      case BITS_PER_BYTE -> Statistic.weightedMean(items, mean -> -mean / Math.log(2));
      case F1 -> Statistic.ofConfusion(items, Confusion::f1);
      case MATTHEWS_CORRCOEF -> Statistic.ofConfusion(items, Confusion::matthews);
      case BRIER_SCORE -> Statistic.brier(items);
      case BLEU -> Statistic.corpus(items, new Bleu());
      case CHRF -> Statistic.corpus(items, new Chrf(0));
      case CHRF_PLUS_PLUS -> Statistic.corpus(items, new Chrf(2));
      case TER -> Statistic.corpus(items, new Ter());
      case OUTCOME_RATE -> Statistic.outcomeRate(items);
    };
  }
}
