package dev.sifter.train.eval.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a task file says, files that it includes laid under it; no data has been read.
 *
 * @param file null for a task that is built in
 */
public record TaskDefinition(ObjectNode json, Path file) {

  /** Whether this is a group of tasks. */
  public boolean isGroup() {
    return json.has("group");
  }

  /** The task's or group's name; empty if it has none. */
  public String name() {
    return json.path(isGroup() ? "group" : "task").asText("");
  }

  /** Names that stand for all tasks which have them. */
  public List<String> tags() {
    return texts(json.path("tag"));
  }

  /** This with other values for some keys. */
  public TaskDefinition with(ObjectNode overrides) {
    ObjectNode changed = json.deepCopy();
    changed.setAll(overrides);
    return new TaskDefinition(changed, file);
  }

  /** One text or a list of them. */
  public static List<String> texts(JsonNode node) {
    List<String> texts = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(item -> texts.add(item.asText()));
    } else if (node.isTextual()) {
      texts.add(node.asText());
    }
    return texts;
  }
}
