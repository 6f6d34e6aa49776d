package dev.sifter.train.eval;

import dev.sifter.train.eval.TaskResult.Figure;
import dev.sifter.train.eval.metric.StandardError;
import dev.sifter.train.eval.task.EvalTask;
import dev.sifter.train.eval.task.TaskGroup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;

/** Figures of groups, from those of their tasks. */
final class GroupResults {
  private GroupResults() {}

  /** Adds groups to the results of tasks, members before the groups that hold them. */
  static void add(List<EvalTask> tasks, Map<String, TaskResult> results) {
    for (EvalTask task : tasks) {
      if (task instanceof TaskGroup group && !results.containsKey(group.name())) {
        add(group.members(), results);
        results.put(group.name(), aggregate(group, results));
      }
    }
  }

  private static TaskResult aggregate(TaskGroup group, Map<String, TaskResult> results) {
    List<TaskResult> leaves =
        group.leaves().stream().map(leaf -> results.get(leaf.name())).toList();
    Map<String, Figure> figures = new LinkedHashMap<>();
    for (TaskGroup.Aggregate aggregate : group.aggregates()) {
      for (String key : keys(aggregate, leaves)) {
        figures.put(key, figure(key, aggregate.weightBySize(), leaves));
      }
    }
    Map<String, Boolean> higherIsBetter = new LinkedHashMap<>();
    leaves.forEach(
        leaf -> leaf.higherIsBetter().forEach((key, value) -> agree(higherIsBetter, key, value)));
    int shots = leaves.getFirst().numFewshot();
    return new TaskResult(
        group.name(),
        group.alias(),
        group.version(),
        figures,
        higherIsBetter,
        leaves.stream().mapToInt(TaskResult::sampleLen).sum(),
        leaves.stream().mapToInt(TaskResult::originalLen).sum(),
        leaves.stream().allMatch(leaf -> leaf.numFewshot() == shots) ? shots : -1,
        group.members().stream().map(EvalTask::name).toList(),
        List.of(),
        group.config());
  }

  private static void agree(Map<String, Boolean> directions, String metric, Boolean direction) {
    boolean differs =
        directions.containsKey(metric) && !Objects.equals(directions.get(metric), direction);
    directions.put(metric, differs ? null : direction);
  }

  /** Keys {@code metric,filter} that are averaged, in any of the tasks. */
  private static Set<String> keys(TaskGroup.Aggregate aggregate, List<TaskResult> leaves) {
    Set<String> keys = new LinkedHashSet<>();
    for (TaskResult leaf : leaves) {
      leaf.figures().keySet().stream().filter(aggregate::matches).forEach(keys::add);
    }
    return keys;
  }

  private static Figure figure(String key, boolean weightBySize, List<TaskResult> leaves) {
    List<TaskResult> having =
        leaves.stream().filter(leaf -> leaf.figures().containsKey(key)).toList();
    int[] sizes = having.stream().mapToInt(TaskResult::sampleLen).toArray();
    double sum = 0;
    long weights = 0;
    List<Double> errors = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      Figure figure = having.get(i).figures().get(key);
      int weight = weightBySize ? sizes[i] : 1;
      sum += figure.value() * weight;
      weights += weight;
      figure.standardError().ifPresent(errors::add);
    }
    OptionalDouble error =
        errors.size() == sizes.length
            ? OptionalDouble.of(error(errors, sizes, weightBySize))
            : OptionalDouble.empty();
    return new Figure(sum / weights, error);
  }

  /** As the figure is weighted, so is its error. */
  private static double error(List<Double> errors, int[] sizes, boolean weightBySize) {
    double[] values = errors.stream().mapToDouble(Double::doubleValue).toArray();
    return weightBySize ? StandardError.pooled(values, sizes) : StandardError.ofMean(values);
  }
}
