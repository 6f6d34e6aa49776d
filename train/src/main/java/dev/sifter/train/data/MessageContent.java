package dev.sifter.train.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** What a message must say: a text, or a list of text parts, or nothing but calls of tools. */
public final class MessageContent {
  private MessageContent() {}

  /** What is wrong with the content of a message; empty where nothing is. */
  public static Optional<String> fault(JsonNode message) {
    JsonNode content = message.get("content");
    boolean absent = content == null || content.isNull();
    if (absent && isFilled(message.get("tool_calls"))) {
      return Optional.empty();
    }
    if (absent || !(content.isTextual() || content.isArray())) {
      return Optional.of(
          "content is %s; it must be a text, or a list of text parts"
              .formatted(absent ? "missing" : "a " + content.getNodeType()));
    }
    int part = 0;
    for (JsonNode entry : content) {
      boolean text = entry.isTextual() || entry.path("text").isTextual();
      String type = entry.path("type").asText("text");
      if (!text || !type.equals("text")) {
        return Optional.of(
            "part %d of content has type '%s'; models here read text only".formatted(part, type));
      }
      part++;
    }
    return Optional.empty();
  }

  private static boolean isFilled(JsonNode list) {
    return list != null && list.isArray() && !list.isEmpty();
  }
}
