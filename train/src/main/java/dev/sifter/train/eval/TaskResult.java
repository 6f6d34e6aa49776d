package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.task.EvalSample;
import dev.sifter.train.eval.task.OutputType;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Figures of a task or a group.
 *
 * @param figures by {@code metric,filter}
 * @param higherIsBetter by metric; null where a group's tasks differ in this
 * @param sampleLen records that were scored
 * @param originalLen records that there are
 * @param numFewshot examples before each record; −1 where a group's tasks differ
 * @param members names of a group's members; empty for a task
 * @param samples records with their outcomes, in order; by filter one after the other
 */
public record TaskResult(
    String name,
    String alias,
    String version,
    Map<String, Figure> figures,
    Map<String, Boolean> higherIsBetter,
    int sampleLen,
    int originalLen,
    int numFewshot,
    List<String> members,
    List<EvalSample> samples,
    ObjectNode config) {

  /**
   * A figure and its standard error, if it has one.
   *
   * @param value the aggregated metric
   */
  public record Figure(double value, OptionalDouble standardError) {}

  /** How answers were generated, as the harness writes it beside each prompt; null if none were. */
  ObjectNode generationKwargs() {
    String type = config.path("output_type").asText(OutputType.GENERATE_UNTIL.key());
    return type.equals(OutputType.GENERATE_UNTIL.key())
        ? (ObjectNode) config.get("generation_kwargs")
        : null;
  }

  /**
   * Whether it is a task, or a group that averages its tasks' figures and does not only hold them.
   */
  boolean hasOwnFigures() {
    return !isGroup() || !config.path("aggregate_metric_list").isEmpty();
  }

  /** Whether these are the averages of several tasks. */
  public boolean isGroup() {
    return !members.isEmpty();
  }
}
