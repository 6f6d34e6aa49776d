package dev.sifter.train.data.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
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

  private static final ObjectReader JSON =
      Json.mapper().reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private JsonFields() {}

  static boolean contains(String name) {
    return NAMES.contains(name);
  }

  static JsonNode parse(String text) throws JsonProcessingException {
    return JSON.readTree(text);
  }
}
