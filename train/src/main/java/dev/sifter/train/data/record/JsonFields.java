package dev.sifter.train.data.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import java.util.Set;

/** Fields of a record that hold lists or objects: as JSON where a record has texts only. */
final class JsonFields {
  private static final Set<String> NAMES =
      Set.of(
          "messages",
          "conversations",
          "tools",
          "chat_template_kwargs",
          "input_ids",
          "labels",
          "completion_mask",
          "assistant_masks");

  private JsonFields() {}

  static boolean contains(String name) {
    return NAMES.contains(name);
  }

  static JsonNode parse(String text) throws JsonProcessingException {
    return Json.reader().readTree(text);
  }
}
