package dev.sifter.train.eval.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** The tasks that ship with the program, without their data. */
public final class BuiltinTasks {
  private static final List<String> FILES =
      List.of(
          "arc_challenge.yaml",
          "arc_easy.yaml",
          "boolq.yaml",
          "gsm8k.yaml",
          "hellaswag.yaml",
          "ifeval.yaml",
          "lambada_openai.yaml",
          "piqa.yaml",
          "truthfulqa_mc1.yaml",
          "truthfulqa_mc2.yaml",
          "wikitext.yaml",
          "winogrande.yaml");

  private static final String MMLU = "mmlu";

  private BuiltinTasks() {}

  /** Every built-in task and group, MMLU's subjects and categories among them. */
  public static List<TaskDefinition> all() {
    List<TaskDefinition> tasks = new ArrayList<>(mmlu(TaskFile.readResource("mmlu.yaml")));
    FILES.forEach(file -> tasks.add(new TaskDefinition(TaskFile.readResource(file), null)));
    return tasks;
  }

  /** A task for every subject, a group for every category, and the group of these. */
  private static List<TaskDefinition> mmlu(ObjectNode json) {
    List<TaskDefinition> tasks = new ArrayList<>();
    List<String> categories = new ArrayList<>();
    for (var category : json.path("categories").properties()) {
      List<String> subjects = new ArrayList<>();
      for (JsonNode name : category.getValue()) {
        TaskDefinition subject = subject(name.asText(), (ObjectNode) json.path("subject"));
        subjects.add(subject.name());
        tasks.add(subject);
      }
      String group = MMLU + "_" + category.getKey();
      categories.add(group);
      tasks.add(group(group, category.getKey().replace('_', ' '), subjects));
    }
    tasks.add(group(MMLU, MMLU, categories));
    return tasks;
  }

  private static TaskDefinition subject(String name, ObjectNode template) {
    ObjectNode json = template.deepCopy();
    String words = name.replace('_', ' ');
    json.put("task", MMLU + "_" + name).put("task_alias", words).put("dataset_name", name);
    json.put(
        "description",
        "The following are multiple choice questions (with answers) about " + words + ".\n\n");
    return new TaskDefinition(json, null);
  }

  private static TaskDefinition group(String name, String alias, List<String> members) {
    ObjectNode json = TaskFile.emptyObject();
    json.put("group", name).put("group_alias", alias);
    members.forEach(json.putArray("task")::add);
    json.putArray("aggregate_metric_list").addObject().put("metric", "acc");
    json.putObject("metadata").put("version", 2);
    return new TaskDefinition(json, null);
  }
}
