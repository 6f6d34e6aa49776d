package dev.sifter.model.chat.jinja;

import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Renders small templates for tests: the text, or class and message of the error. */
final class Rendered {
  static final LocalDateTime NOW = LocalDateTime.of(2025, 7, 4, 9, 5, 3);

  private Rendered() {}

  /** The text of a template; variables are names and values in turn. */
  static String text(String template, Object... variables) {
    try {
      return Template.compile(template).render(variables(variables), NOW).text();
    } catch (JinjaException error) {
      return error.errorType() + ": " + error.getMessage();
    }
  }

  /** The value of an expression as text. */
  static String value(String expression, Object... variables) {
    return text("{{ " + expression + " }}", variables);
  }

  static String spans(String template, Object... variables) {
    return Arrays.toString(Template.compile(template).render(variables(variables), NOW).spans());
  }

  private static Map<String, Object> variables(Object... pairs) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], Values.of(pairs[i + 1]));
    }
    return map;
  }
}
