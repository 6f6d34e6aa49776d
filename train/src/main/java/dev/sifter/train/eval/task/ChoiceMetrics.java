package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.score.LogLikelihood;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Metrics of a record with choices, from the log-likelihood of each. */
public final class ChoiceMetrics {
  private final List<String> choices;
  private final List<?> answers;
  private final Object gold;

  /**
   * The metrics of one record.
   *
   * @param answers of every choice; then, where acc_mutual_info asked for them, of every choice
   *     without its context
   */
  public ChoiceMetrics(LeafTask task, ObjectNode doc, List<Object> answers) {
    this.choices = task.prompt().choices().choices(doc);
    this.answers = answers;
    this.gold =
        task.hasMultipleInputs()
            ? task.prompt().text().textOrIndex(doc, true)
            : task.prompt().target().target(doc, true);
  }

  ItemValue metric(String name) {
    return switch (name) {
      case "acc" -> ItemValue.of(isGold(best(i -> score(i).value())));
      case "acc_norm" ->
          ItemValue.of(isGold(best(i -> score(i).value() / codePoints(choices.get(i)))));
      case "acc_bytes" -> ItemValue.of(isGold(best(i -> score(i).value() / bytes(choices.get(i)))));
      case "acc_mutual_info" ->
          ItemValue.of(isGold(best(i -> score(i).value() - score(choices.size() + i).value())));
      case "exact_match" -> ItemValue.of(anyGoldIsGreedy());
      case "f1", "mcc" -> new ItemValue.Labels(goldIndex(name), best(i -> score(i).value()));
      case "brier_score" -> new ItemValue.Distribution(goldIndex(name), probabilities());
      default -> throw new IllegalStateException(name);
    };
  }

  private LogLikelihood score(int i) {
    return (LogLikelihood) answers.get(i);
  }

  private static int codePoints(String text) {
    return text.codePointCount(0, text.length());
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** The choice of the largest value, the first of several. */
  private int best(IntToDoubleFunction value) {
    int best = 0;
    for (int i = 1; i < choices.size(); i++) {
      if (value.applyAsDouble(i) > value.applyAsDouble(best)) {
        best = i;
      }
    }
    return best;
  }

  private boolean anyGoldIsGreedy() {
    for (int i = 0; i < choices.size(); i++) {
      if (isGold(i) && score(i).isGreedy()) {
        return true;
      }
    }
    return false;
  }

  /** The target is an index, a choice's text, or a list of these. */
  private boolean isGold(int choice) {
    List<?> golds = gold instanceof List<?> several ? several : Collections.singletonList(gold);
    return golds.stream().anyMatch(one -> index(one) == choice);
  }

  private int index(Object target) {
    return DocField.index(target).orElseGet(() -> choices.indexOf(target));
  }

  /** Whether the target is one of the choices. */
  public boolean hasGold() {
    return IntStream.range(0, choices.size()).anyMatch(this::isGold);
  }

  /** The one right choice, which metrics over labels need. */
  private int goldIndex(String metric) {
    int index = gold instanceof List<?> ? -1 : index(gold);
    if (index < 0 || index >= choices.size()) {
      throw new IllegalArgumentException(
          "the metric %s needs one right choice, but the target is %s and the choices are %s"
              .formatted(metric, gold, choices));
    }
    return index;
  }

  /** exp(log-likelihood), so scaled that the sum is 1. */
  private List<Double> probabilities() {
    double largest = score(best(i -> score(i).value())).value();
    double sum = 0;
    List<Double> exponentials = new ArrayList<>();
    for (int i = 0; i < choices.size(); i++) {
      double exponential = Math.exp(score(i).value() - largest);
      exponentials.add(exponential);
      sum += exponential;
    }
    double total = sum;
    return exponentials.stream().map(exponential -> exponential / total).toList();
  }
}
