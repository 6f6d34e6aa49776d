package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.ItemValue.Score;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Two models on the same items: by how much they differ, and whether that can be chance. Items are
 * paired, so a difference shows that unpaired standard errors would hide.
 *
 * @param rows one a task, metric and filter
 */
public record Comparison(List<Row> rows) {
  private static final int RESAMPLES = 10_000;
  private static final long SEED = 0;

  /**
   * One figure of both models.
   *
   * @param key {@code metric,filter}
   * @param difference tuned − base
   * @param low lower end of the difference's 95 % interval, by a paired bootstrap
   * @param high its upper end
   * @param gained items that only the tuned model gets right; empty where items have no right and
   *     wrong
   * @param lost items that only the base model gets right
   * @param p by McNemar's exact test where items are right or wrong, else by the bootstrap
   * @param adjustedP p after Holm's correction over the tasks with this key
   */
  public record Row(
      String task,
      String key,
      boolean higherIsBetter,
      int items,
      double base,
      double tuned,
      double difference,
      double low,
      double high,
      OptionalInt gained,
      OptionalInt lost,
      double p,
      double adjustedP) {

    /** Whether the difference is in the better direction. */
    public boolean isBetter() {
      return higherIsBetter ? difference > 0 : difference < 0;
    }
  }

  /**
   * Compares the tasks that both results have.
   *
   * @throws IllegalArgumentException if they have none in common, or a task's records differ
   */
  public static Comparison of(EvalResult base, EvalResult tuned) {
    List<Row> rows = new ArrayList<>();
    for (TaskResult first : base.tasks()) {
      tuned
          .task(first.name())
          .filter(second -> !second.isGroup() && !first.isGroup())
          .ifPresent(second -> rows.addAll(compare(first, second)));
    }
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("the two results have no task in common");
    }
    return new Comparison(adjusted(rows));
  }

  private static List<Row> compare(TaskResult base, TaskResult tuned) {
    List<Row> rows = new ArrayList<>();
    for (String key : base.figures().keySet()) {
      if (tuned.figures().containsKey(key)) {
        List<EvalSample> first = samples(base, key);
        List<EvalSample> second = samples(tuned, key);
        requireSameItems(base.name(), first, second);
        rows.add(row(base, key, values(first, key), values(second, key)));
      }
    }
    return rows;
  }

  private static List<EvalSample> samples(TaskResult task, String key) {
    String filter = key.substring(key.indexOf(',') + 1);
    return task.samples().stream().filter(sample -> sample.filter().equals(filter)).toList();
  }

  private static List<ItemValue> values(List<EvalSample> samples, String key) {
    String metric = key.substring(0, key.indexOf(','));
    return samples.stream().map(sample -> sample.metrics().get(metric)).toList();
  }

  private static void requireSameItems(
      String task, List<EvalSample> first, List<EvalSample> second) {
    boolean same = first.size() == second.size();
    for (int i = 0; same && i < first.size(); i++) {
      same = first.get(i).doc().equals(second.get(i).doc());
    }
    if (!same) {
      throw new IllegalArgumentException(
          "task %s: the two results are not of the same records (%d and %d); evaluate both with"
                  .formatted(task, first.size(), second.size())
              + " the same task file and --limit");
    }
  }

  private static Row row(TaskResult task, String key, List<ItemValue> base, List<ItemValue> tuned) {
    String metric = key.substring(0, key.indexOf(','));
    Aggregation aggregation =
        MetricSpec.readAll(task.config(), outputType(task)).stream()
            .filter(spec -> spec.name().equals(metric))
            .findFirst()
            .orElseThrow()
            .aggregation();
    Statistic ofBase = aggregation.over(base);
    Statistic ofTuned = aggregation.over(tuned);
    PairedTests.Interval interval =
        PairedTests.bootstrap(
            base.size(), RESAMPLES, SEED, items -> ofTuned.of(items) - ofBase.of(items));
    OptionalInt gained = OptionalInt.empty();
    OptionalInt lost = OptionalInt.empty();
    double p = interval.p();
    if (isBinary(base) && isBinary(tuned)) {
      gained = OptionalInt.of(onlyIn(tuned, base));
      lost = OptionalInt.of(onlyIn(base, tuned));
      p = PairedTests.mcNemar(gained.getAsInt(), lost.getAsInt());
    }
    double before = aggregation.of(base);
    double after = aggregation.of(tuned);
    return new Row(
        task.name(),
        key,
        task.higherIsBetter().getOrDefault(metric, true),
        base.size(),
        before,
        after,
        after - before,
        interval.low(),
        interval.high(),
        gained,
        lost,
        p,
        p);
  }

  private static OutputType outputType(TaskResult task) {
    return OutputType.of(task.config().path("output_type").asText("generate_until"));
  }

  private static boolean isBinary(List<ItemValue> values) {
    return values.stream()
        .allMatch(value -> value instanceof Score(double score) && (score == 0 || score == 1));
  }

  private static int onlyIn(List<ItemValue> first, List<ItemValue> second) {
    int count = 0;
    for (int i = 0; i < first.size(); i++) {
      count += ((Score) first.get(i)).value() > ((Score) second.get(i)).value() ? 1 : 0;
    }
    return count;
  }

  /** Corrects the p-values of each key over the tasks that have it. */
  private static List<Row> adjusted(List<Row> rows) {
    Map<String, List<Row>> byKey = new LinkedHashMap<>();
    rows.forEach(row -> byKey.computeIfAbsent(row.key, key -> new ArrayList<>()).add(row));
    Map<Row, Double> adjusted = new LinkedHashMap<>();
    for (List<Row> family : byKey.values()) {
      double[] p = PairedTests.holm(family.stream().mapToDouble(Row::p).toArray());
      for (int i = 0; i < p.length; i++) {
        adjusted.put(family.get(i), p[i]);
      }
    }
    return rows.stream().map(row -> withAdjusted(row, adjusted.get(row))).toList();
  }

  private static Row withAdjusted(Row row, double adjustedP) {
    return new Row(
        row.task,
        row.key,
        row.higherIsBetter,
        row.items,
        row.base,
        row.tuned,
        row.difference,
        row.low,
        row.high,
        row.gained,
        row.lost,
        row.p,
        adjustedP);
  }

  /** The rows as JSON. */
  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("test", "McNemar, exact; paired bootstrap where items are not right or wrong");
    json.put("correction", "Holm, over tasks");
    json.put("resamples", RESAMPLES);
    ArrayNode array = json.putArray("comparison");
    for (Row row : rows) {
      ObjectNode entry = array.addObject();
      entry.put("task", row.task).put("metric", row.key).put("items", row.items);
      entry.put("base", row.base).put("tuned", row.tuned).put("difference", row.difference);
      entry.put("ci95_low", row.low).put("ci95_high", row.high);
      row.gained.ifPresent(count -> entry.put("gained", count));
      row.lost.ifPresent(count -> entry.put("lost", count));
      entry.put("p", row.p).put("p_holm", row.adjustedP);
      entry.put("higher_is_better", row.higherIsBetter);
    }
    return json;
  }
}
