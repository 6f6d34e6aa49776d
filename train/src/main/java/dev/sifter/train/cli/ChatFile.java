package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.chat.ChatRequest;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DataRecord;
import dev.sifter.train.data.record.Origin;
import java.nio.file.Path;

/** Reads the conversation that a user names in {@code --messages}. */
final class ChatFile {
  private ChatFile() {}

  /**
   * The file as a record of training data: what it holds, or a list of messages in its field {@code
   * messages}.
   *
   * @throws IllegalArgumentException if it is neither a list nor an object with that field
   */
  static DataRecord read(Path file) {
    JsonNode json = Inputs.conversation(file);
    ObjectNode fields;
    if (json instanceof ObjectNode object && object.has("messages")) {
      fields = object;
    } else if (json.isArray()) {
      fields = Json.mapper().createObjectNode();
      fields.set("messages", json);
    } else {
      throw new IllegalArgumentException(
          "%s must hold a list of messages, or an object with the field 'messages'"
              .formatted(Inputs.name(file)));
    }
    return new DataRecord(new Origin(Inputs.name(file), 1, 0), fields);
  }

  /**
   * The file as a request to a chat template, without a generation prompt.
   *
   * @throws IllegalArgumentException if it is no conversation, or an empty one
   */
  static ChatRequest request(Path file) {
    DataRecord record = read(file);
    try {
      ChatRequest request = ChatFields.request(record.fields());
      if (request.messages().isEmpty()) {
        throw new IllegalArgumentException("the conversation is empty");
      }
      return request;
    } catch (IllegalArgumentException e) {
      throw new DataException(record.origin(), e.getMessage(), e);
    }
  }
}
