package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.filter.FilterPipeline;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One task: its records, how prompts are made of them, and how answers are scored.
 *
 * @param docs the records that are scored
 * @param prompt how a record becomes text
 * @param fewshot the examples that come before it
 * @param generation how answers are generated; null unless the task generates
 * @param filters what is done to generated answers, by name; each gives its own metrics
 * @param results how answers are scored where the task has a way of its own; else null
 * @param metrics what is computed
 */
public record LeafTask(
    String name,
    String alias,
    String version,
    OutputType outputType,
    List<ObjectNode> docs,
    Prompt prompt,
    Fewshot fewshot,
    Generation generation,
    List<FilterPipeline> filters,
    ResultProcessor results,
    List<MetricSpec> metrics,
    ObjectNode config)
    implements EvalTask {

  /**
   * How a record becomes text.
   *
   * @param description what comes before everything; null for nothing
   * @param choices null where the task has none
   * @param generationPrefix how the answer begins; null for nothing
   */
  public record Prompt(
      DocField description,
      DocField text,
      DocField target,
      DocField choices,
      DocField generationPrefix,
      String targetDelimiter,
      String fewshotDelimiter) {}

  /**
   * Examples before the record.
   *
   * @param configured how many the task says; null where it leaves that open, and 0 where no option
   *     may change that
   * @param pool where they are taken from; read when it is first asked for
   * @param firstN whether the first ones are taken, not random ones
   * @param excludeDoc whether the record itself may be in the pool and must be left out
   * @param prompt how an example becomes text
   */
  public record Fewshot(
      Integer configured,
      Supplier<List<ObjectNode>> pool,
      boolean firstN,
      boolean excludeDoc,
      Prompt prompt) {

    /** How many examples come before a record if an option asks for this many; −1 if none does. */
    public int count(int asked) {
      int ofTask = configured == null ? 0 : configured;
      boolean fixed = configured != null && configured == 0;
      return asked < 0 || fixed ? ofTask : asked;
    }
  }

  /**
   * Options of generated answers.
   *
   * @param kwargs {@code generation_kwargs} as the file has them
   */
  public record Generation(
      List<String> until, int maxNewTokens, boolean doSample, int repeats, ObjectNode kwargs) {}

  @Override
  public Map<String, Boolean> metricDirections() {
    Map<String, Boolean> directions = new LinkedHashMap<>();
    for (FilterPipeline filter : filters) {
      metrics.forEach(
          metric -> directions.put(metric.name() + "," + filter.name(), metric.higherIsBetter()));
    }
    return directions;
  }

  @Override
  public List<LeafTask> leaves() {
    return List.of(this);
  }

  /** Whether the choices are contexts of one continuation (WinoGrande), not continuations. */
  public boolean hasMultipleInputs() {
    return prompt.choices() != null
        && DocField.index(prompt.text().textOrIndex(docs.getFirst(), true)).isPresent();
  }

  /**
   * Whether records have several targets. The harness takes this of the first record: where that
   * has one, a list of another record is the text of a list.
   */
  boolean hasMultipleTargets() {
    return prompt.target().target(docs.getFirst(), prompt.choices() != null) instanceof List;
  }

  /** This task for its answers alone. */
  public LeafTask withoutMetrics() {
    return new LeafTask(
        name,
        alias,
        version,
        outputType,
        docs,
        prompt,
        fewshot,
        generation,
        filters,
        (doc, answers) -> Map.of(),
        List.of(),
        config);
  }

  /** Whether a metric of this name is asked for. */
  public boolean hasMetric(String metric) {
    return metrics.stream().anyMatch(spec -> spec.name().equals(metric));
  }
}
