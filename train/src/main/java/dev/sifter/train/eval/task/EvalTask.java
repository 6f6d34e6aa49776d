package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What can be evaluated: one task, or a group of tasks with common figures. */
public sealed interface EvalTask permits LeafTask, TaskGroup {

  /**
   * Reads a task file of the harness. A group's members are the files of their names beside it, or
   * built-in tasks.
   *
   * @throws IllegalArgumentException if the file asks for what is not supported: Python functions,
   *     data sets that are not local files, unknown metrics or filters; with the key and the remedy
   * @throws java.io.UncheckedIOException if a file cannot be read
   */
  static EvalTask load(Path yaml) {
    return TaskCatalog.builtIn().load(List.of(yaml.toString())).getFirst();
  }

  /** The name in results. */
  String name();

  /** The name in tables. */
  String alias();

  /** What the file calls its version; "Yaml" where it does not. */
  String version();

  /** The whole file, as it was read. */
  ObjectNode config();

  /**
   * Keys {@code metric,filter} of the figures that it gives, and whether more of each is better.
   */
  Map<String, Boolean> metricDirections();

  /**
   * The tasks in it, in order: itself, or those of the members. A task that stands in two groups of
   * a group is in its list twice, and weighs twice in its figures, as in the harness.
   */
  List<LeafTask> leaves();
}
