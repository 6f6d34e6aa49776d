package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.Aggregation.Value;
import dev.sifter.train.eval.EvalSample.LogLikelihood;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.regex.Pattern;

/** Scores of one record by metric, from the model's answers. */
final class SampleMetrics {
  private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

  private SampleMetrics() {}

  static Map<String, Value> of(LeafTask task, ObjectNode doc, List<Object> answers) {
    Map<String, Value> values = new LinkedHashMap<>();
    for (MetricSpec metric : task.metrics()) {
      Value value =
          switch (task.outputType()) {
            case LOGLIKELIHOOD ->
                Value.of(loglikelihood(metric.name(), (LogLikelihood) answers.getFirst()));
            case MULTIPLE_CHOICE -> Value.of(new Choices(task, doc, answers).metric(metric.name()));
            case LOGLIKELIHOOD_ROLLING ->
                rolling(metric.name(), targetText(task, doc), (LogLikelihood) answers.getFirst());
            case GENERATE_UNTIL ->
                Value.of(exactMatch(task, doc, metric, (String) answers.getFirst()));
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
    return String.valueOf(task.prompt().target().target(doc, false));
  }

  private static Value rolling(String metric, String text, LogLikelihood score) {
    long weight =
        metric.equals("word_perplexity")
            ? words(text)
            : text.getBytes(StandardCharsets.UTF_8).length;
    return new Value(score.value(), weight);
  }

  /** Pieces between white space, empty ones at the ends included, as Python's re.split has them. */
  static long words(String text) {
    return 1 + SPACES.matcher(text).results().count();
  }

  private static double exactMatch(
      LeafTask task, ObjectNode doc, MetricSpec metric, String answer) {
    boolean hasChoices = task.prompt().choices() != null;
    Object target = task.prompt().target().target(doc, hasChoices);
    List<?> references =
        target instanceof List<?> several
            ? several
            : List.of(
                target instanceof Integer index && hasChoices
                    ? task.prompt().choices().choices(doc).get(index)
                    : target);
    return references.stream()
            .anyMatch(reference -> metric.exactMatch().matches(answer, String.valueOf(reference)))
        ? 1
        : 0;
  }

  /** Metrics of a record with choices. */
  private static final class Choices {
    private final List<String> choices;
    private final List<?> answers;
    private final Object gold;

    Choices(LeafTask task, ObjectNode doc, List<Object> answers) {
      this.choices = task.prompt().choices().choices(doc);
      this.answers = answers;
      this.gold =
          task.hasMultipleInputs()
              ? task.prompt().text().textOrIndex(doc, true)
              : task.prompt().target().target(doc, true);
    }

    private LogLikelihood score(int i) {
      return (LogLikelihood) answers.get(i);
    }

    double metric(String name) {
      return switch (name) {
        case "acc" -> correct(i -> score(i).value());
        case "acc_norm" -> correct(i -> score(i).value() / codePoints(choices.get(i)));
        case "acc_bytes" -> correct(i -> score(i).value() / bytes(choices.get(i)));
        case "acc_mutual_info" ->
            correct(i -> score(i).value() - score(choices.size() + i).value());
        case "exact_match" -> anyGoldIsGreedy();
        default -> throw new IllegalStateException(name);
      };
    }

    private static int codePoints(String text) {
      return text.codePointCount(0, text.length());
    }

    private static int bytes(String text) {
      return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private double correct(IntToDoubleFunction value) {
      int best = 0;
      for (int i = 1; i < choices.size(); i++) {
        if (value.applyAsDouble(i) > value.applyAsDouble(best)) {
          best = i;
        }
      }
      return isGold(best) ? 1 : 0;
    }

    private double anyGoldIsGreedy() {
      for (int i = 0; i < choices.size(); i++) {
        if (isGold(i) && score(i).isGreedy()) {
          return 1;
        }
      }
      return 0;
    }

    /** The target is an index, a choice's text, or a list of these. */
    private boolean isGold(int choice) {
      List<?> golds = gold instanceof List<?> several ? several : List.of(gold);
      for (Object one : golds) {
        int index = one instanceof Integer number ? number : choices.indexOf(one);
        if (index == choice) {
          return true;
        }
      }
      return false;
    }
  }
}
