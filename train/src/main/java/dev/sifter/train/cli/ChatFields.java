package dev.sifter.train.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.chat.ChatRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What may stand beside the messages of a conversation. */
final class ChatFields {
  private ChatFields() {}

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
