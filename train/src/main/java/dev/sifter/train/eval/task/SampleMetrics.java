package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.chat.jinja.PythonStrings;
import dev.sifter.model.chat.jinja.Values;
import dev.sifter.train.eval.metric.ExactMatch;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.metric.Rouge;
import dev.sifter.train.eval.score.LogLikelihood;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Scores of one record by metric, from the model's answers. */
public final class SampleMetrics {
  private SampleMetrics() {}

  /**
   * Every metric of the task for one record.
   *
   * @param answers after the filter
   * @throws IllegalArgumentException if an answer is not of the kind that a metric needs
   */
  public static Map<String, ItemValue> of(LeafTask task, ObjectNode doc, List<Object> answers) {
    if (task.results() != null) {
      if (task.outputType() == OutputType.GENERATE_UNTIL) {
        answers.forEach(
            answer -> requireText(task.config().path("process_results").asText(), answer));
      }
      return task.results().score(doc, answers);
    }
    Map<String, ItemValue> values = new LinkedHashMap<>();
    for (MetricSpec metric : task.metrics()) {
      ItemValue value =
          switch (task.outputType()) {
            case LOGLIKELIHOOD ->
                ItemValue.of(loglikelihood(metric.name(), (LogLikelihood) answers.getFirst()));
            case MULTIPLE_CHOICE -> new ChoiceMetrics(task, doc, answers).metric(metric.name());
            case LOGLIKELIHOOD_ROLLING ->
                rolling(metric.name(), targetText(task, doc), (LogLikelihood) answers.getFirst());
            case GENERATE_UNTIL -> generated(task, doc, metric, answers.getFirst());
          };
      values.put(metric.name(), value);
    }
    return values;
  }

  private static double loglikelihood(String metric, LogLikelihood score) {
    return switch (metric) {
      case "acc" -> score.isGreedy() ? 1 : 0;
      default -> score.value();
    };
  }

  private static String targetText(LeafTask task, ObjectNode doc) {
    return Values.text(task.prompt().target().target(doc, false));
  }

  /** A log-likelihood spread over the words or bytes of the text. */
  static ItemValue rolling(String metric, String text, LogLikelihood score) {
    long weight =
        metric.equals("word_perplexity")
            ? words(text)
            : text.getBytes(StandardCharsets.UTF_8).length;
    return new ItemValue.Weighted(score.value(), weight);
  }

  /** Pieces between white space, empty ones at the ends included, as Python's re.split has them. */
  public static long words(String text) {
    long words = 1;
    boolean inSpace = false;
    for (int i = 0; i < text.length(); i++) {
      boolean isSpace = PythonStrings.isSpace(text.charAt(i));
      words += isSpace && !inSpace ? 1 : 0;
      inSpace = isSpace;
    }
    return words;
  }

  private static ItemValue generated(
      LeafTask task, ObjectNode doc, MetricSpec metric, Object result) {
    if (metric.name().equals("exact_match") && !(result instanceof String)) {
      return ItemValue.of(isTarget(task, doc, result, metric.exactMatch()));
    }
    String answer = requireText(metric.name(), result);
    List<String> references = references(task, doc);
    return switch (metric.name()) {
      case "exact_match" ->
          ItemValue.of(
              references.stream()
                  .anyMatch(reference -> metric.exactMatch().matches(answer, reference)));
      case "rouge1" -> rouge(Rouge.ROUGE1, answer, references);
      case "rouge2" -> rouge(Rouge.ROUGE2, answer, references);
      case "rougeL" -> rouge(Rouge.ROUGE_L, answer, references);
      default -> new ItemValue.Texts(references, answer);
    };
  }

  /** A choice is a text, which no other value equals. */
  private static boolean isTarget(LeafTask task, ObjectNode doc, Object result, ExactMatch match) {
    return task.prompt().choices() == null
        && MappedAnswer.matches(task.prompt().target().target(doc, false), result, match);
  }

  private static String requireText(String metric, Object answer) {
    if (answer instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException(
        "the metric %s is of texts, but the filter map gives %s"
            .formatted(metric, Values.text(answer)));
  }

  /** The target as texts: a text or several, or the choice of this index. */
  private static List<String> references(LeafTask task, ObjectNode doc) {
    boolean hasChoices = task.prompt().choices() != null;
    Object target = task.prompt().target().target(doc, hasChoices);
    if (target instanceof List<?> several && task.hasMultipleTargets()) {
      return several.stream().map(Values::text).toList();
    }
    OptionalInt index = DocField.index(target);
    return List.of(
        hasChoices && index.isPresent()
            ? task.prompt().choices().choice(doc, index.getAsInt())
            : Values.text(target));
  }

  private static ItemValue rouge(Rouge rouge, String answer, List<String> references) {
    return ItemValue.of(
        references.stream()
            .mapToDouble(reference -> rouge.score(answer, reference))
            .max()
            .orElse(0));
  }
}
