package dev.sifter.train.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.chat.ChatRequest;
import dev.sifter.train.data.MessageContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What may stand beside the messages of a conversation. */
final class ChatFields {
  private ChatFields() {}

  /**
   * The request of an object with the field {@code messages}.
   *
   * @throws IllegalArgumentException if a field is malformed, or a message says nothing; the
   *     message names it
   */
  static ChatRequest request(ObjectNode fields) {
    JsonNode messages = fields.get("messages");
    ChatRequest request = ChatRequest.from(messages);
    for (int i = 0; i < messages.size(); i++) {
      Optional<String> fault = MessageContent.fault(messages.get(i));
      if (fault.isPresent()) {
        throw new IllegalArgumentException("messages[%d]: %s".formatted(i, fault.get()));
      }
    }
    return addTo(request, fields);
  }

  /**
   * A request with the fields {@code tools} and {@code chat_template_kwargs} of an object.
   *
   * @throws IllegalArgumentException if one of them is malformed; the message names it
   */
  static ChatRequest addTo(ChatRequest request, ObjectNode fields) {
    ChatRequest result = request;
    if (fields.hasNonNull("tools")) {
      JsonNode tools = fields.get("tools");
      if (!tools.isArray()) {
        throw new IllegalArgumentException("field 'tools' must be a list of JSON schemas");
      }
      List<Object> schemas = new ArrayList<>();
      tools.forEach(schemas::add);
      result = result.withTools(schemas);
    }
    if (fields.hasNonNull("chat_template_kwargs")) {
      JsonNode kwargs = fields.get("chat_template_kwargs");
      if (!kwargs.isObject()) {
        throw new IllegalArgumentException("field 'chat_template_kwargs' must be an object");
      }
      result =
          result.withKwargs(
              Json.mapper().convertValue(kwargs, new TypeReference<Map<String, Object>>() {}));
    }
    return result;
  }
}
