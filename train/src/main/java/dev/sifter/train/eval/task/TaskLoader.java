package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.source.DatasetFolder;
import dev.sifter.train.eval.source.TaskDefinition;
import dev.sifter.train.eval.source.TaskFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Builds tasks and groups of what their files say. */
final class TaskLoader {
  private static final int MAX_DEPTH = 10;

  /** Keys of a group; all others are laid over its tasks. */
  private static final Set<String> GROUP_KEYS =
      Set.of("group", "group_alias", "task", "tag", "aggregate_metric_list", "metadata");

  private final TaskCatalog catalog;
  private final DatasetFolder datasets;
  private final ObjectNode generationKwargs;

  TaskLoader(TaskCatalog catalog, DatasetFolder datasets, ObjectNode generationKwargs) {
    this.catalog = catalog;
    this.datasets = datasets;
    this.generationKwargs = generationKwargs;
  }

  EvalTask load(TaskDefinition task) {
    return load(task, 0);
  }

  private EvalTask load(TaskDefinition task, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException(place(task) + ": groups contain each other in a circle");
    }
    if (task.isGroup()) {
      return group(task, depth);
    }
    try {
      return new LeafTaskReader(withGenerationKwargs(task), datasets).read();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(place(task) + ": " + e.getMessage(), e);
    }
  }

  /** As the harness fills them: a task that names none generates greedily. */
  private TaskDefinition withGenerationKwargs(TaskDefinition task) {
    ObjectNode json = task.json();
    String type = json.path("output_type").asText("generate_until");
    if (!type.equals(OutputType.GENERATE_UNTIL.key())) {
      return task;
    }
    ObjectNode overrides = json.objectNode();
    ObjectNode kwargs = overrides.putObject("generation_kwargs");
    if (json.path("generation_kwargs") instanceof ObjectNode own) {
      kwargs.setAll(own);
    } else {
      kwargs.put("temperature", 0.0).put("do_sample", false);
      kwargs.put("max_gen_toks", LeafTaskReader.DEFAULT_MAX_NEW_TOKENS);
    }
    kwargs.setAll(generationKwargs);
    if (!kwargs.has("until")) {
      kwargs.putArray("until").add(LeafTaskReader.fewshotDelimiter(json));
    }
    return task.with(overrides);
  }

  private static String place(TaskDefinition task) {
    return task.file() == null ? "task " + task.name() : task.file().toString();
  }

  private TaskGroup group(TaskDefinition group, int depth) {
    ObjectNode json = group.json();
    ObjectNode overrides = json.objectNode();
    json.properties().stream()
        .filter(entry -> !GROUP_KEYS.contains(entry.getKey()))
        .forEach(entry -> overrides.set(entry.getKey(), entry.getValue()));
    Map<String, EvalTask> members = new LinkedHashMap<>(); // named twice, the last one counts
    JsonNode list = json.path("task");
    for (JsonNode member : list.isArray() ? list : json.arrayNode().add(list)) {
      for (TaskDefinition found : members(group, member, overrides)) {
        EvalTask loaded = load(found, depth + 1);
        members.put(loaded.name(), loaded);
      }
    }
    return new TaskGroup(
        group.name(),
        json.path("group_alias").asText(group.name()),
        LeafTaskReader.version(json, "N/A"),
        List.copyOf(members.values()),
        aggregates(group),
        json);
  }

  private static List<TaskGroup.Aggregate> aggregates(TaskDefinition group) {
    List<TaskGroup.Aggregate> aggregates = new ArrayList<>();
    JsonNode list = group.json().path("aggregate_metric_list");
    for (JsonNode entry : list.isObject() ? List.of(list) : list) {
      if (!entry.path("aggregation").asText("mean").equals("mean")) {
        throw new IllegalArgumentException(
            place(group) + ": aggregate_metric_list: only the mean is supported");
      }
      aggregates.add(
          new TaskGroup.Aggregate(
              entry.path("metric").asText(),
              TaskDefinition.texts(entry.path("filter_list")),
              entry.path("weight_by_size").asBoolean(true)));
    }
    return aggregates;
  }

  /**
   * A member is a name, a name with other values for some keys, or a task or group of its own.
   *
   * @param ofGroup what the group says of all its tasks; a member's own values win over it, but for
   *     those of a group that is written in place
   */
  private List<TaskDefinition> members(TaskDefinition group, JsonNode member, ObjectNode ofGroup) {
    if (member.isTextual()) {
      return with(ofGroup, named(group, member.asText()));
    }
    if (!(member instanceof ObjectNode inline) || !(inline.has("task") || inline.has("group"))) {
      throw new IllegalArgumentException(
          place(group) + ": a group's task must be a list of names, or of mappings with one");
    }
    String key = inline.has("group") ? "group" : "task";
    List<TaskDefinition> known = find(group, inline.path(key).asText());
    if (known.isEmpty()) {
      ObjectNode own = inline.has("group") ? over(inline, ofGroup) : over(ofGroup, inline);
      own.put(key, group.name() + "::" + inline.path(key).asText());
      return List.of(new TaskDefinition(own, group.file()));
    }
    ObjectNode overrides = over(ofGroup, inline);
    overrides.remove(key);
    return with(overrides, known);
  }

  private static ObjectNode over(ObjectNode base, ObjectNode winner) {
    return base.deepCopy().setAll(winner);
  }

  private static List<TaskDefinition> with(ObjectNode overrides, List<TaskDefinition> tasks) {
    return tasks.stream().map(task -> task.with(overrides)).toList();
  }

  private List<TaskDefinition> named(TaskDefinition group, String name) {
    List<TaskDefinition> found = find(group, name);
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: there is no task '%s', nor a file %s.yaml beside the group's"
              .formatted(place(group), name, name));
    }
    return found;
  }

  private List<TaskDefinition> find(TaskDefinition group, String name) {
    if (group.file() != null) {
      Path sibling = group.file().toAbsolutePath().resolveSibling(name + ".yaml");
      if (Files.isRegularFile(sibling)) {
        return List.of(TaskFile.read(sibling));
      }
    }
    return catalog.lookUp(name);
  }
}
