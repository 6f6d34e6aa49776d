package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.FileErrors;
import dev.sifter.train.data.record.DataFiles;
import dev.sifter.train.eval.source.BuiltinTasks;
import dev.sifter.train.eval.source.DatasetFolder;
import dev.sifter.train.eval.source.TaskDefinition;
import dev.sifter.train.eval.source.TaskFile;
import dev.sifter.train.options.Spelling;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Every task that can be named: those that are built in, and those of a folder of task files, which
 * win over built-in ones of the same name.
 */
public final class TaskCatalog {
  private final Map<String, TaskDefinition> byName = new TreeMap<>();
  private final Map<String, Set<String>> byTag = new TreeMap<>();
  private final TaskLoader loader;

  /** Why files of the included folder cannot be tasks here. */
  private final List<String> passedOver = new ArrayList<>();

  /** Built-in tasks alone, as they are. */
  static TaskCatalog builtIn() {
    return new TaskCatalog(null, null, TaskFile.emptyObject());
  }

  /**
   * A task, group or tag.
   *
   * @param kind {@code task}, {@code group} or {@code tag}
   * @param about the task's data set, or the members
   */
  public record Entry(String name, String kind, String about) {}

  /**
   * A catalog.
   *
   * @param includePath a folder of task files, searched with the folders in it; null for none
   * @param dataFolder where the published files of data sets lie; null if there is none
   * @param generationKwargs laid over {@code generation_kwargs} of every task that generates
   * @throws IllegalArgumentException if a folder is not there
   */
  public TaskCatalog(Path includePath, Path dataFolder, ObjectNode generationKwargs) {
    BuiltinTasks.all().forEach(this::add);
    if (includePath != null) {
      yamlFiles(includePath, Integer.MAX_VALUE).forEach(this::addFile);
    }
    loader = new TaskLoader(this, new DatasetFolder(dataFolder), generationKwargs);
  }

  private void add(TaskDefinition task) {
    byName.put(task.name(), task);
    task.tags().forEach(tag -> byTag.computeIfAbsent(tag, t -> new TreeSet<>()).add(task.name()));
  }

  /** Files that are no tasks of their own, such as those that others include, are passed over. */
  private void addFile(Path file) {
    try {
      TaskDefinition task = TaskFile.read(file);
      if (!task.name().isEmpty()) {
        add(task);
      }
    } catch (IllegalArgumentException e) {
      passedOver.add(e.getMessage());
    }
  }

  private static List<Path> yamlFiles(Path folder, int depth) {
    try (Stream<Path> files = Files.walk(folder, depth)) {
      return files
          .filter(file -> file.toString().endsWith(".yaml") && Files.isRegularFile(file))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileErrors.because("cannot list the task files of " + folder, e);
    }
  }

  /** What there is, by name. */
  public List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    byName.forEach((name, task) -> entries.add(entry(task)));
    byTag.forEach((tag, names) -> entries.add(new Entry(tag, "tag", String.join(", ", names))));
    return entries;
  }

  private static Entry entry(TaskDefinition task) {
    if (!task.isGroup()) {
      return new Entry(task.name(), "task", task.json().path("dataset_path").asText("json"));
    }
    List<String> members = new ArrayList<>();
    task.json()
        .path("task")
        .forEach(member -> members.add(member.isTextual() ? member.asText() : "…"));
    return new Entry(task.name(), "group", String.join(", ", members));
  }

  /**
   * Loads tasks.
   *
   * @param wanted names of tasks, groups and tags, with {@code *} and {@code ?} for several; paths
   *     of YAML files; folders of them
   * @throws IllegalArgumentException if there is no such task, or it cannot be loaded
   */
  public List<EvalTask> load(List<String> wanted) {
    Set<TaskDefinition> found = new LinkedHashSet<>();
    for (String name : wanted) {
      refuseLightEval(name.strip());
      List<TaskDefinition> matches = find(name.strip());
      if (matches.isEmpty()) {
        throw new IllegalArgumentException(
            "there is no task '%s'; did you mean '%s'? --tasks list shows those there are,"
                    .formatted(name, Spelling.nearest(name, byName.keySet()))
                + " --include_path DIR adds more"
                + unreadable());
      }
      found.addAll(matches);
    }
    return found.stream().map(loader::load).toList();
  }

  /** {@code suite|task|examples|reduce}, as the Hugging Face course names tasks. */
  private void refuseLightEval(String name) {
    String[] parts = name.split("\\|");
    if (parts.length < 2) {
      return;
    }
    String task = parts[1].replace(':', '_');
    String inSuite = parts[0] + "_" + task;
    throw new IllegalArgumentException(
        "'%s' is a task as LightEval names it; lm-evaluation-harness, whose names are taken here, calls"
                .formatted(name)
            + " it perhaps --tasks %s --num_fewshot %s"
                .formatted(
                    byName.containsKey(inSuite) ? inSuite : Spelling.nearest(task, byName.keySet()),
                    parts.length > 2 ? parts[2] : "0"));
  }

  private String unreadable() {
    return passedOver.isEmpty()
        ? ""
        : "; %d files there could not be read, the first because of %s"
            .formatted(passedOver.size(), passedOver.getFirst());
  }

  private List<TaskDefinition> find(String name) {
    if (name.endsWith(".yaml") || name.endsWith(".yml")) {
      return files(name).stream().map(TaskFile::read).toList();
    }
    List<TaskDefinition> named = lookUp(name);
    if (!named.isEmpty()) {
      return named;
    }
    if (DataFiles.isGlob(name)) {
      PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + name);
      return byName.values().stream()
          .filter(task -> matcher.matches(Path.of(task.name())))
          .toList();
    }
    return Files.isDirectory(Path.of(name))
        ? yamlFiles(Path.of(name), 1).stream()
            .map(TaskFile::readIfTask)
            .filter(task -> task != null)
            .toList()
        : List.of();
  }

  private static List<Path> files(String name) {
    return DataFiles.isGlob(name) ? DataFiles.glob(name) : List.of(Path.of(name));
  }

  /** The task or group of this name, or all tasks with this tag. */
  List<TaskDefinition> lookUp(String name) {
    return Optional.ofNullable(byName.get(name))
        .map(List::of)
        .orElseGet(() -> byTag.getOrDefault(name, Set.of()).stream().map(byName::get).toList());
  }
}
