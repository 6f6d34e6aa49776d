package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The outcome of an evaluation.
 *
 * @param tasks every task and group, in the order of the results file: tasks, then groups
 * @param settings what the figures depend on: model, template, limit, seeds; goes into the file
 * @param duration of the whole evaluation
 */
public record EvalResult(List<TaskResult> tasks, ObjectNode settings, Duration duration) {

  /** The result of this name. */
  public Optional<TaskResult> task(String name) {
    return tasks.stream().filter(task -> task.name().equals(name)).findFirst();
  }

  /** The tasks of a group and of the groups in it; as often as they stand there. */
  List<TaskResult> leaves(TaskResult group) {
    List<TaskResult> leaves = new ArrayList<>();
    for (String member : group.members()) {
      task(member).ifPresent(task -> leaves.addAll(task.isGroup() ? leaves(task) : List.of(task)));
    }
    return leaves;
  }
}
