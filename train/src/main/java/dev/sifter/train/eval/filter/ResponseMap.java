package dev.sifter.train.eval.filter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.chat.jinja.Values;
import java.util.HashMap;
import java.util.Map;

/**
 * The filter {@code map}: a response is looked up in a dictionary, whose values are texts, numbers,
 * truth values or null.
 *
 * @param otherwise what stands for a response that is no key
 */
public record ResponseMap(Map<String, Object> values, Object otherwise) {
  /** The dictionary's name in task files; its keys are texts, for every response is one. */
  public static final String DICTIONARY = "mapping_dict";

  private static final String DEFAULT = "default_value";

  /**
   * Reads a step of {@code filter_list}.
   *
   * @throws IllegalArgumentException if a value could equal no target
   */
  static ResponseMap read(JsonNode json) {
    JsonNode dictionary = json.path(DICTIONARY);
    if (!dictionary.isMissingNode() && !dictionary.isNull() && !dictionary.isObject()) {
      throw new IllegalArgumentException(
          "filter_list: %s of map is %s; it must be a mapping".formatted(DICTIONARY, dictionary));
    }
    Map<String, Object> values = new HashMap<>();
    for (var entry : dictionary.properties()) {
      values.put(entry.getKey(), value(entry.getKey(), entry.getValue()));
    }
    return new ResponseMap(values, value(DEFAULT, json.path(DEFAULT)));
  }

  private static Object value(String key, JsonNode value) {
    if (value.isContainerNode()) {
      throw new IllegalArgumentException(
          "filter_list: map gives %s for %s; it must be a text, a number, true, false or null"
              .formatted(value, key));
    }
    return Values.of(value);
  }

  Object get(Object response) {
    return values.containsKey(response) ? values.get(response) : otherwise;
  }
}
