package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tasks whose metrics are averaged.
 *
 * @param members tasks and groups, of other names each
 * @param aggregates which metrics are averaged, and how
 */
public record TaskGroup(
    String name,
    String alias,
    String version,
    List<EvalTask> members,
    List<Aggregate> aggregates,
    ObjectNode config)
    implements EvalTask {

  /**
   * A metric of a group.
   *
   * @param filters of which filters; empty for all
   * @param weightBySize whether tasks count by their number of items, or all the same
   */
  public record Aggregate(String metric, List<String> filters, boolean weightBySize) {
    /** Whether a figure of a task, {@code metric,filter}, is to be averaged. */
    public boolean matches(String key) {
      String filter = key.substring(key.indexOf(',') + 1);
      return key.startsWith(metric + ",") && (filters.isEmpty() || filters.contains(filter));
    }
  }

  @Override
  public Map<String, Boolean> metricDirections() {
    Map<String, Boolean> directions = new LinkedHashMap<>();
    for (LeafTask leaf : leaves()) {
      leaf.metricDirections()
          .forEach(
              (key, higherIsBetter) -> {
                if (aggregates.stream().anyMatch(aggregate -> aggregate.matches(key))) {
                  directions.putIfAbsent(key, higherIsBetter);
                }
              });
    }
    return directions;
  }

  @Override
  public List<LeafTask> leaves() {
    return members.stream().flatMap(member -> member.leaves().stream()).toList();
  }
}
