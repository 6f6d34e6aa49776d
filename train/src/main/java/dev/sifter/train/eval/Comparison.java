package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.metric.Aggregation;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.metric.ItemValue.Score;
import dev.sifter.train.eval.metric.Statistic;
import dev.sifter.train.eval.task.EvalSample;
import dev.sifter.train.eval.task.MetricSpec;
import dev.sifter.train.eval.task.OutputType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Two models on the same items: by how much they differ, and whether that can be chance. Items are
 * paired, so a difference shows that unpaired standard errors would hide.
 *
 * @param rows one a task, metric and filter; then those of groups, over the items of all their
 *     tasks
 * @param baseSettings what the base model's figures depend on
 * @param tunedSettings the same of the tuned model
 */
public record Comparison(List<Row> rows, ObjectNode baseSettings, ObjectNode tunedSettings) {
  private static final int RESAMPLES = 10_000;
  private static final long SEED = 0;

  /**
   * One figure of both models.
   *
   * @param isGroup whether these are the items of several tasks
   * @param key {@code metric,filter}
   * @param difference tuned − base
   * @param low lower end of the difference's 95 % interval, by a paired bootstrap
   * @param high its upper end
   * @param gained items that only the tuned model gets right; empty where items have no right and
   *     wrong
   * @param lost items that only the base model gets right
   * @param p by McNemar's exact test where items are right or wrong, else by the bootstrap
   * @param adjustedP p after Holm's correction over the tasks, or over the groups, with this key
   */
  public record Row(
      String task,
      boolean isGroup,
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
    List<Row> groups = new ArrayList<>();
    for (TaskResult first : base.tasks()) {
      tuned
          .task(first.name())
          .filter(second -> second.isGroup() == first.isGroup())
          .ifPresent(
              second -> {
                if (first.isGroup()) {
                  groups.addAll(compareGroups(base, first, tuned, second));
                } else {
                  rows.addAll(compare(first, second));
                }
              });
    }
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("the two results have no task in common");
    }
    List<Row> all = adjusted(rows);
    all.addAll(adjusted(groups));
    return new Comparison(List.copyOf(all), base.settings(), tuned.settings());
  }

  private static List<Row> compare(TaskResult base, TaskResult tuned) {
    List<Row> rows = new ArrayList<>();
    for (String key : base.figures().keySet()) {
      if (tuned.figures().containsKey(key)) {
        List<EvalSample> first = samples(base, key);
        List<EvalSample> second = samples(tuned, key);
        requireSameItems(base.name(), first, second);
        rows.add(row(base, key, aggregation(base, key), values(first, key), values(second, key)));
      }
    }
    return rows;
  }

  /**
   * A group whose tasks weigh by their sizes is one task of all their items, each once: an item
   * that counts twice in the figure is still one witness.
   */
  private static List<Row> compareGroups(
      EvalResult base, TaskResult baseGroup, EvalResult tuned, TaskResult tunedGroup) {
    List<Row> rows = new ArrayList<>();
    for (String key : baseGroup.figures().keySet()) {
      if (tunedGroup.figures().containsKey(key) && isWeightedBySize(baseGroup, key)) {
        List<TaskResult> tasks = base.leaves(baseGroup).stream().distinct().toList();
        List<ItemValue> first = valuesOfAll(tasks, key);
        List<ItemValue> second =
            valuesOfAll(tuned.leaves(tunedGroup).stream().distinct().toList(), key);
        if (areMeans(tasks, key) && first.size() == second.size()) {
          rows.add(row(baseGroup, key, Aggregation.MEAN, first, second));
        }
      }
    }
    return rows;
  }

  /** The mean of all items is the mean of the tasks' figures if these are means. */
  private static boolean areMeans(List<TaskResult> tasks, String key) {
    return tasks.stream()
        .filter(task -> task.figures().containsKey(key))
        .allMatch(task -> aggregation(task, key) == Aggregation.MEAN);
  }

  private static boolean isWeightedBySize(TaskResult group, String key) {
    JsonNode list = group.config().path("aggregate_metric_list");
    for (JsonNode entry : list.isObject() ? List.of(list) : list) {
      if (key.startsWith(entry.path("metric").asText() + ",")) {
        return entry.path("weight_by_size").asBoolean(true);
      }
    }
    return false;
  }

  private static List<ItemValue> valuesOfAll(List<TaskResult> tasks, String key) {
    return tasks.stream()
        .filter(task -> task.figures().containsKey(key))
        .flatMap(task -> values(samples(task, key), key).stream())
        .toList();
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

  private static Aggregation aggregation(TaskResult task, String key) {
    OutputType type = OutputType.of(task.config().path("output_type").asText("generate_until"));
    return MetricSpec.readAll(task.config(), type).stream()
        .filter(spec -> key.startsWith(spec.name() + ","))
        .findFirst()
        .orElseThrow()
        .aggregation();
  }

  private static Row row(
      TaskResult task,
      String key,
      Aggregation aggregation,
      List<ItemValue> base,
      List<ItemValue> tuned) {
    String metric = key.substring(0, key.indexOf(','));
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
        task.isGroup(),
        key,
        !Boolean.FALSE.equals(task.higherIsBetter().get(metric)),
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
    List<Row> corrected = new ArrayList<>();
    rows.forEach(row -> corrected.add(withAdjusted(row, adjusted.get(row))));
    return corrected;
  }

  private static Row withAdjusted(Row row, double adjustedP) {
    return new Row(
        row.task,
        row.isGroup,
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
    json.set("base_config", baseSettings);
    json.set("tuned_config", tunedSettings);
    ArrayNode array = json.putArray("comparison");
    for (Row row : rows) {
      ObjectNode entry = array.addObject();
      entry
          .put("task", row.task)
          .put("group", row.isGroup)
          .put("metric", row.key)
          .put("items", row.items);
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
