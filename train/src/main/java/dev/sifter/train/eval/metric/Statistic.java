package dev.sifter.train.eval.metric;

import dev.sifter.train.eval.metric.ItemValue.Distribution;
import dev.sifter.train.eval.metric.ItemValue.Labels;
import dev.sifter.train.eval.metric.ItemValue.Outcomes;
import dev.sifter.train.eval.metric.ItemValue.Score;
import dev.sifter.train.eval.metric.ItemValue.Texts;
import dev.sifter.train.eval.metric.ItemValue.Weighted;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;

/**
 * A figure of any selection of some items. What can be computed of an item alone has been, so that
 * thousands of resamples are cheap.
 */
@FunctionalInterface
public interface Statistic {
  /**
   * The figure, summed in the order given.
   *
   * @param items indices, which may occur several times
   */
  double of(int[] items);

  /** A function of Σ value and the number of items. */
  static Statistic mean(List<ItemValue> items, DoubleUnaryOperator ofMean) {
    double[] values = scores(items);
    return selection -> ofMean.applyAsDouble(sum(values, selection) / selection.length);
  }

  /** The mean of those values that are numbers; NaN where none is. */
  static Statistic meanOfNumbers(List<ItemValue> items) {
    double[] values = scores(items);
    return selection ->
        Arrays.stream(selection)
            .mapToDouble(i -> values[i])
            .filter(value -> !Double.isNaN(value))
            .average()
            .orElse(Double.NaN);
  }

  /** The upper of the middle values. */
  static Statistic median(List<ItemValue> items) {
    double[] values = scores(items);
    return selection ->
        Arrays.stream(selection)
            .mapToDouble(i -> values[i])
            .sorted()
            .toArray()[selection.length / 2];
  }

  /** A function of Σ value / Σ weight. */
  static Statistic weightedMean(List<ItemValue> items, DoubleUnaryOperator ofMean) {
    double[] values = items.stream().mapToDouble(item -> ((Weighted) item).value()).toArray();
    long[] weights = items.stream().mapToLong(item -> ((Weighted) item).weight()).toArray();
    return selection ->
        ofMean.applyAsDouble(
            sum(values, selection) / Arrays.stream(selection).mapToLong(i -> weights[i]).sum());
  }

  /** Outcomes that are true, of all outcomes. */
  static Statistic outcomeRate(List<ItemValue> items) {
    long[] right =
        items.stream()
            .mapToLong(item -> ((Outcomes) item).values().stream().filter(v -> v).count())
            .toArray();
    long[] all = items.stream().mapToLong(item -> ((Outcomes) item).values().size()).toArray();
    return selection ->
        (double) Arrays.stream(selection).mapToLong(i -> right[i]).sum()
            / Arrays.stream(selection).mapToLong(i -> all[i]).sum();
  }

  /** A function of confusion[gold][predicted]. */
  static Statistic ofConfusion(List<ItemValue> items, ToDoubleFunction<long[][]> figure) {
    int[] golds = items.stream().mapToInt(item -> ((Labels) item).gold()).toArray();
    int[] predictions = items.stream().mapToInt(item -> ((Labels) item).predicted()).toArray();
    int classes =
        1
            + Math.max(
                Arrays.stream(golds).max().orElse(0), Arrays.stream(predictions).max().orElse(0));
    return selection -> {
      long[][] confusion = new long[classes][classes];
      for (int i : selection) {
        confusion[golds[i]][predictions[i]]++;
      }
      return figure.applyAsDouble(confusion);
    };
  }

  /** Mean over items of Σ (probability − [choice is right])². */
  static Statistic brier(List<ItemValue> items) {
    double[] squares = new double[items.size()];
    for (int i = 0; i < squares.length; i++) {
      Distribution item = (Distribution) items.get(i);
      for (int choice = 0; choice < item.probabilities().size(); choice++) {
        double error = item.probabilities().get(choice) - (choice == item.gold() ? 1 : 0);
        squares[i] += error * error;
      }
    }
    return selection -> sum(squares, selection) / selection.length;
  }

  /** A metric of texts. */
  static Statistic corpus(List<ItemValue> items, CorpusMetric metric) {
    List<double[]> counts =
        items.stream()
            .map(item -> (Texts) item)
            .map(texts -> metric.counts(texts.prediction(), texts.references()))
            .toList();
    return selection -> {
      double[] sums = new double[counts.getFirst().length];
      for (int i : selection) {
        double[] item = counts.get(i);
        for (int c = 0; c < sums.length; c++) {
          sums[c] += item[c];
        }
      }
      return metric.score(sums);
    };
  }

  private static double[] scores(List<ItemValue> items) {
    return items.stream().mapToDouble(item -> ((Score) item).value()).toArray();
  }

  private static double sum(double[] values, int[] selection) {
    double sum = 0;
    for (int i : selection) {
      sum += values[i];
    }
    return sum;
  }
}
