package dev.sifter.model.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.chat.jinja.Values;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One message of a chat: its fields in their order, as a template sees them. Usual ones are {@code
 * role}, {@code content}, {@code tool_calls}, {@code name} and {@code reasoning_content}.
 *
 * @param fields unmodifiable; values are null, String, Boolean, Long, Double, BigInteger, List, Map
 */
public record Message(Map<String, Object> fields) {

  /** Copies the fields. */
  public Message {
    Map<String, Object> copy = new LinkedHashMap<>(fields.size() * 2);
    for (Map.Entry<String, Object> field : fields.entrySet()) {
      copy.put(field.getKey(), Values.of(field.getValue()));
    }
    fields = Collections.unmodifiableMap(copy);
  }

  /** A message of plain text. */
  public static Message of(String role, String content) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("role", role);
    fields.put("content", content);
    return new Message(fields);
  }

  /**
   * The message of a JSON object.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static Message from(JsonNode json) {
    if (json == null || !json.isObject()) {
      throw new IllegalArgumentException(
          "a message is a JSON object with role and content, not "
              + (json == null ? "nothing" : json.getNodeType()));
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    json.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
    return new Message(fields);
  }

  /** The role, or null where there is none or it is not text. */
  public String role() {
    return fields.get("role") instanceof String role ? role : null;
  }

  /** The content: text, a list of parts, or null. */
  public Object content() {
    return fields.get("content");
  }

  /** Whether the role is {@code assistant}. */
  public boolean isAssistant() {
    return "assistant".equals(role());
  }

  /** This message with a field set, in the place that the field has. */
  public Message with(String field, Object value) {
    Map<String, Object> copy = new LinkedHashMap<>(fields);
    copy.put(field, value);
    return new Message(copy);
  }

  /**
   * Fails where a part of the content is not text.
   *
   * @param index the place of the message in its chat, from 0, for the error
   * @throws IllegalArgumentException naming the message and the part
   */
  public void requireText(int index) {
    if (!(content() instanceof List<?> parts)) {
      return;
    }
    for (int i = 0; i < parts.size(); i++) {
      Object part = parts.get(i);
      Object type = part instanceof Map<?, ?> map ? map.get("type") : "text";
      boolean text =
          part instanceof String
              || part instanceof Map<?, ?> map
                  && map.get("text") instanceof String
                  && (type == null || type.equals("text"));
      if (!text) {
        throw new IllegalArgumentException(
            "message "
                + index
                + ", part "
                + i
                + " of its content has type '"
                + type
                + "'; this model reads text only: drop the part, or the record");
      }
    }
  }
}
