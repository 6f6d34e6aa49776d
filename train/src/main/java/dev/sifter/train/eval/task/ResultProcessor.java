package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.ifeval.InstructionScores;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.score.LogLikelihood;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A task's own way of scoring answers; the names for {@code process_results}. */
@FunctionalInterface
interface ResultProcessor {
  /** Scores of one record by metric. */
  Map<String, ItemValue> score(ObjectNode doc, List<Object> answers);

  /**
   * The processor of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static ResultProcessor of(String name) {
    return switch (name) {
      case "ifeval" -> ResultProcessor::followedInstructions;
      case "truthfulqa_mc2" -> ResultProcessor::truthfulnessMass;
      case "wikitext" -> ResultProcessor::overOriginalPage;
      default ->
          throw new IllegalArgumentException(
              "process_results '%s' is unknown; there are ifeval, truthfulqa_mc2, wikitext"
                  .formatted(name));
    };
  }

  /** For each prompt, whether all instructions are followed; and each instruction by itself. */
  private static Map<String, ItemValue> followedInstructions(ObjectNode doc, List<Object> answers) {
    InstructionScores scores = InstructionScores.of(doc, (String) answers.getFirst());
    Map<String, ItemValue> values = new LinkedHashMap<>();
    values.put("prompt_level_strict_acc", ItemValue.of(!scores.strict().contains(false)));
    values.put("inst_level_strict_acc", new ItemValue.Outcomes(scores.strict()));
    values.put("prompt_level_loose_acc", ItemValue.of(!scores.loose().contains(false)));
    values.put("inst_level_loose_acc", new ItemValue.Outcomes(scores.loose()));
    return values;
  }

  /** The share of probability that the true answers have among all. */
  private static Map<String, ItemValue> truthfulnessMass(ObjectNode doc, List<Object> answers) {
    JsonNode labels = doc.path("mc2_targets").path("labels");
    double largest = Double.NEGATIVE_INFINITY;
    for (Object answer : answers) {
      largest = Math.max(largest, ((LogLikelihood) answer).value());
    }
    double all = 0;
    double ofTrue = 0;
    for (int i = 0; i < answers.size(); i++) {
      double mass = Math.exp(((LogLikelihood) answers.get(i)).value() - largest);
      all += mass;
      ofTrue += labels.path(i).asInt() == 1 ? mass : 0;
    }
    return Map.of("acc", ItemValue.of(ofTrue / all));
  }

  /** The detokenised text's log-likelihood over the words and bytes of the page as published. */
  private static Map<String, ItemValue> overOriginalPage(ObjectNode doc, List<Object> answers) {
    Map<String, ItemValue> values = new LinkedHashMap<>();
    for (String metric : List.of("word_perplexity", "byte_perplexity", "bits_per_byte")) {
      values.put(
          metric,
          SampleMetrics.rolling(
              metric, doc.path("page").asText(), (LogLikelihood) answers.getFirst()));
    }
    return values;
  }
}
