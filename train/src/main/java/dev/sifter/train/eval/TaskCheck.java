package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.score.TextEncoder;
import dev.sifter.train.eval.task.ChoiceMetrics;
import dev.sifter.train.eval.task.LeafTask;
import dev.sifter.train.eval.task.OutputType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What can be wrong with a task's records, found without the model. */
final class TaskCheck {
  private final TaskRun run;
  private final TextEncoder encoder;
  private final int shots;

  TaskCheck(TaskRun run, TextEncoder encoder, int shots) {
    this.run = run;
    this.encoder = encoder;
    this.shots = shots;
  }

  /** One line, and one more for each finding. */
  List<String> report() {
    LeafTask task = run.task();
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %d of %d records, %d requests, %d examples before each"
            .formatted(
                task.name(), run.docs().size(), task.docs().size(), run.requests().size(), shots));
    add(lines, duplicates(), "occur more than once");
    add(lines, amongExamples(), "are among the records that examples are taken from");
    add(lines, withoutRightChoice(run), "have a target that is none of their choices");
    add(lines, cut(), "are longer than the model's context and lose their beginning");
    return lines;
  }

  private static void add(List<String> lines, int count, String what) {
    if (count > 0) {
      lines.add("  %d records %s".formatted(count, what));
    }
  }

  private int duplicates() {
    return run.docs().size() - new HashSet<>(run.docs()).size();
  }

  private int amongExamples() {
    if (shots == 0 || run.task().fewshot().excludeDoc()) {
      return 0;
    }
    Set<ObjectNode> pool = new HashSet<>(run.task().fewshot().pool().get());
    return (int) run.docs().stream().filter(pool::contains).count();
  }

  /** Records none of whose choices can be right. */
  static int withoutRightChoice(TaskRun run) {
    if (run.task().outputType() != OutputType.MULTIPLE_CHOICE) {
      return 0;
    }
    return (int)
        run.docs().stream()
            .filter(doc -> !new ChoiceMetrics(run.task(), doc, List.of()).hasGold())
            .count();
  }

  /** Long texts of rolling requests are read in windows and lose nothing. */
  private int cut() {
    LeafTask.Generation generation = run.task().generation();
    int room = encoder.maxLength() - (generation == null ? 0 : generation.maxNewTokens());
    int count = 0;
    for (List<TaskRun.Request> ofRecord : run.requestsByRecord()) {
      boolean tooLong =
          ofRecord.stream()
              .filter(request -> request.context() != null)
              .anyMatch(
                  request -> encoder.encode(String.join("", request.arguments())).length > room);
      count += tooLong ? 1 : 0;
    }
    return count;
  }
}
