package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.task.EvalTask;
import dev.sifter.train.eval.task.TaskCatalog;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Which tasks are evaluated, and where their data lies. */
final class EvalTaskOptions {
  private static final String LIST = "list";

  @Option(
      names = "--tasks",
      paramLabel = "TASK,…",
      hideParamSyntax = true,
      split = ",",
      required = true,
      description = {
        "Names of tasks, groups and tags, with * for several, or paths of YAML files, separated by",
        "commas. 'list' shows those there are."
      })
  private List<String> tasks;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "The folder where the published files of the data sets lie.")
  private Path data;

  @Option(
      names = "--include-path",
      paramLabel = "DIR",
      description = "A folder of more task files.")
  private Path includePath;

  @Option(
      names = "--gen-kwargs",
      paramLabel = "K=V,…",
      description =
          "Generation settings over the tasks' own, such as temperature=0.8,do_sample=true.")
  private String generationKwargs;

  /** Whether the names of tasks are asked for, and no evaluation. */
  boolean asksForList() {
    return tasks.equals(List.of(LIST));
  }

  /** Prints what there is. */
  void printList(PrintWriter out) {
    List<TaskCatalog.Entry> entries = catalog().entries();
    int width = entries.stream().mapToInt(entry -> entry.name().length()).max().orElse(0);
    for (TaskCatalog.Entry entry : entries) {
      out.printf("%-" + width + "s  %-5s  %s%n", entry.name(), entry.kind(), entry.about());
    }
  }

  /** The tasks with their records. */
  List<EvalTask> load() {
    return catalog().load(tasks);
  }

  private TaskCatalog catalog() {
    return new TaskCatalog(
        includePath == null ? null : TokenizerOptions.requireFolder("--include-path", includePath),
        data,
        generationKwargs());
  }

  /** Generation settings over the tasks' own. */
  ObjectNode generationKwargs() {
    return KeyValues.parse("--gen-kwargs", generationKwargs == null ? "" : generationKwargs);
  }
}
