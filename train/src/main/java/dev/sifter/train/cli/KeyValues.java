package dev.sifter.train.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.sifter.model.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Settings on the command line: {@code key=value,key=value}, or a JSON object. */
final class KeyValues {
  private KeyValues() {}

  /**
   * The settings as an object. Values are JSON; True, False and what is no JSON are taken as Python
   * and the shell write them.
   *
   * @param option its name, for errors
   * @throws IllegalArgumentException if there is no {@code =}
   */
  static ObjectNode parse(String option, String text) {
    ObjectNode object = Json.mapper().createObjectNode();
    if (text.startsWith("{") && value(text) instanceof ObjectNode json) {
      return json;
    }
    for (String pair : split(text)) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "%s '%s': key=value is expected, several separated by commas".formatted(option, pair));
      }
      object.set(pair.substring(0, equals).strip(), value(pair.substring(equals + 1).strip()));
    }
    return object;
  }

  /** Commas within brackets or quotes separate nothing. */
  private static List<String> split(String text) {
    List<String> pairs = new ArrayList<>();
    int depth = 0;
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : ',';
      quoted ^= c == '"';
      depth += quoted ? 0 : "[{".indexOf(c) >= 0 ? 1 : "]}".indexOf(c) >= 0 ? -1 : 0;
      boolean ends = i == text.length() || c == ',' && depth == 0 && !quoted;
      if (ends) {
        if (!text.substring(from, i).isBlank()) {
          pairs.add(text.substring(from, i));
        }
        from = i + 1;
      }
    }
    return pairs;
  }

  private static JsonNode value(String text) {
    try {
      JsonNode json =
          Json.reader()
              .readTree(
                  text.equals("True") || text.equals("False")
                      ? text.toLowerCase(Locale.ROOT)
                      : text);
      return json.isMissingNode() ? TextNode.valueOf(text) : json;
    } catch (JsonProcessingException plainText) {
      return TextNode.valueOf(text);
    }
  }
}
