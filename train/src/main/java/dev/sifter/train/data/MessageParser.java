package dev.sifter.train.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.chat.Message;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.Origin;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads lists of messages, spelled {@code role} and {@code content} or {@code from} and {@code
 * value}.
 */
final class MessageParser {
  private final ChatRoles roles;

  MessageParser(ChatRoles roles) {
    this.roles = roles;
  }

  /**
   * The messages of a field.
   *
   * @throws DataException if it is no list, or an empty one, or a message is malformed
   */
  Conversation parse(Origin origin, String field, JsonNode list) {
    if (!list.isArray()) {
      throw new DataException(
          origin,
          "field '%s' is a %s; it must be a list of messages with role and content"
              .formatted(field, list.getNodeType()));
    }
    if (list.isEmpty()) {
      throw new DataException(
          origin, "field '%s' is an empty conversation: drop the record".formatted(field));
    }
    List<Message> messages = new ArrayList<>();
    Set<Integer> untrained = new HashSet<>();
    for (JsonNode message : list) {
      String place = "%s[%d]".formatted(field, messages.size());
      ObjectNode fields = fields(origin, place, message);
      if (!takeTrainFlag(origin, place, fields)) {
        untrained.add(messages.size());
      }
      messages.add(Message.from(fields));
    }
    return new Conversation(messages, untrained);
  }

  /**
   * Messages, and the places of those that say {@code train: false}. The template does not see that
   * field.
   */
  record Conversation(List<Message> messages, Set<Integer> untrained) {}

  private static boolean takeTrainFlag(Origin origin, String place, ObjectNode fields) {
    JsonNode train = fields.remove("train");
    if (train == null || train.isNull()) {
      return true;
    }
    if (!train.isBoolean()) {
      throw new DataException(
          origin, "%s: train is %s; it must be true or false".formatted(place, train));
    }
    if (train.booleanValue() && !fields.get("role").asText().equals("assistant")) {
      throw new DataException(
          origin,
          "%s: train is true, but only what the assistant says can be trained".formatted(place));
    }
    return train.booleanValue();
  }

  private ObjectNode fields(Origin origin, String place, JsonNode json) {
    if (!(json instanceof ObjectNode original)) {
      throw new DataException(
          origin,
          "%s is a %s; a message is an object with role and content"
              .formatted(place, json.getNodeType()));
    }
    ObjectNode fields = original.deepCopy();
    rename(fields, "from", "role");
    rename(fields, "value", "content");
    JsonNode role = fields.get("role");
    if (role == null || !role.isTextual()) {
      throw new DataException(origin, "%s has no role (or 'from') that is a text".formatted(place));
    }
    String translated = roles.translate(role.textValue());
    if (translated == null) {
      throw new DataException(
          origin,
          "%s has the unknown role '%s'; known are %s. Name what the template calls it in"
                  .formatted(place, role.textValue(), roles.names())
              + " chat_roles, for example {%s: assistant}".formatted(role.textValue()));
    }
    fields.put("role", translated);
    MessageContent.fault(fields)
        .ifPresent(
            fault -> {
              throw new DataException(origin, place + ": " + fault);
            });
    return fields;
  }

  private static void rename(ObjectNode fields, String from, String to) {
    if (fields.has(from) && !fields.has(to)) {
      fields.set(to, fields.remove(from));
    }
  }
}
