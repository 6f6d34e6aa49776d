package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.chat.jinja.JinjaException;
import dev.sifter.model.chat.jinja.PythonStrings;
import dev.sifter.model.chat.jinja.Template;
import dev.sifter.model.chat.jinja.Values;
import dev.sifter.train.eval.python.PythonLiteral;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * How a task gets a text, a target or choices from a record: a column's name, a Jinja template, or
 * a constant.
 */
public final class DocField {
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");

  private final String option;
  private final JsonNode source;
  private final Template template;

  /**
   * A field of a task file.
   *
   * @param option its name, for errors
   * @param source text, a number, a list, or an object whose values are a list
   */
  DocField(String option, JsonNode source) {
    this.option = option;
    this.source = source;
    this.template = source.isTextual() ? compile(source.asText()) : null;
  }

  /** A field's text, whatever it comes from; empty if the field or its column is null. */
  static String text(DocField field, ObjectNode doc) {
    JsonNode value = field == null ? doc.nullNode() : field.raw(doc);
    return value.isNull() ? "" : Values.text(value);
  }

  /** Whether the source itself, not what it gives, is no text at all. */
  boolean isEmpty() {
    return source.asText().isEmpty();
  }

  /** Whether the source itself, not what it gives, ends with white space. */
  boolean endsWithSpace() {
    return !PythonStrings.stripEnd(source.asText()).equals(source.asText());
  }

  private Template compile(String text) {
    try {
      return Template.compileStrict(text);
    } catch (JinjaException e) {
      throw new IllegalArgumentException(
          "%s is no Jinja template: %s in '%s'".formatted(option, e.getMessage(), text), e);
    }
  }

  /** The column's value, or the rendered template, or the constant. */
  private JsonNode raw(ObjectNode doc) {
    if (template == null) {
      return source;
    }
    JsonNode column = doc.get(source.asText());
    return column != null ? column : doc.textNode(render(doc));
  }

  private String render(ObjectNode doc) {
    Map<String, Object> variables = new LinkedHashMap<>();
    doc.properties().forEach(entry -> variables.put(entry.getKey(), Values.of(entry.getValue())));
    try {
      return template.render(variables, null).text();
    } catch (JinjaException e) {
      String record =
          e.errorType().equals("UndefinedError")
              ? "the record's columns are " + variables.keySet()
              : "the record is " + doc;
      throw new IllegalArgumentException(
          "%s cannot be rendered: %s; %s".formatted(option, e.getMessage(), record), e);
    }
  }

  /** The number of a choice, if a value is one: Python's True is 1. */
  static OptionalInt index(Object value) {
    if (value instanceof Boolean truth) {
      return OptionalInt.of(truth ? 1 : 0);
    }
    return value instanceof Integer number ? OptionalInt.of(number) : OptionalInt.empty();
  }

  /**
   * The value as doc_to_text uses it: an Integer or Boolean, which choices are indexed by, else a
   * String.
   */
  public Object textOrIndex(ObjectNode doc, boolean hasChoices) {
    JsonNode value = raw(doc);
    if (value.isNull()) {
      throw new IllegalArgumentException("%s gives null for the record %s".formatted(option, doc));
    }
    Object single = item(value);
    return hasChoices
            && isTemplated(doc)
            && single instanceof String text
            && DIGITS.matcher(text).matches()
        ? number(text)
        : single;
  }

  /**
   * The value as doc_to_target uses it: Integer, Boolean, String, or List of these; null where the
   * column is, which means that there is no answer.
   */
  public Object target(ObjectNode doc, boolean hasChoices) {
    JsonNode value = raw(doc);
    if (value.isNull()) {
      return null;
    }
    if (value.isArray()) {
      return list(value);
    }
    Object single = textOrIndex(doc, hasChoices);
    if (single instanceof String text
        && isTemplated(doc)
        && text.length() >= 2
        && text.startsWith("[")
        && text.endsWith("]")) {
      return literalOrText(text);
    }
    return single;
  }

  private boolean isTemplated(ObjectNode doc) {
    return template != null && !doc.has(source.asText());
  }

  private static Object literalOrText(String text) {
    try {
      List<Object> items = new ArrayList<>();
      for (Object item : (List<?>) PythonLiteral.parse(text)) {
        items.add(item instanceof Long number ? number(Long.toString(number)) : item);
      }
      return items;
    } catch (IllegalArgumentException notALiteral) {
      return text;
    }
  }

  private static List<Object> list(JsonNode array) {
    List<Object> items = new ArrayList<>();
    array.forEach(item -> items.add(item(item)));
    return items;
  }

  private static Object item(JsonNode item) {
    if (item.isBoolean()) {
      return item.asBoolean();
    }
    return item.isIntegralNumber() ? number(item.asText()) : Values.text(item);
  }

  /** An Integer, or the digits themselves of a number that is too large for any choice's. */
  private static Object number(String digits) {
    try {
      return Integer.valueOf(digits);
    } catch (NumberFormatException tooLarge) {
      return digits;
    }
  }

  /**
   * One of the choices.
   *
   * @throws IllegalArgumentException if there is none of this number
   */
  String choice(ObjectNode doc, int index) {
    List<String> choices = choices(doc);
    if (index < 0 || index >= choices.size()) {
      throw new IllegalArgumentException(
          "%s gives %d choices, but number %d is asked for, from 0; the record is %s"
              .formatted(option, choices.size(), index, doc));
    }
    return choices.get(index);
  }

  /** The value as doc_to_choice uses it. */
  public List<String> choices(ObjectNode doc) {
    JsonNode value = raw(doc);
    List<String> choices = new ArrayList<>();
    if (isTemplated(doc)) {
      if (PythonLiteral.parse(value.asText()) instanceof List<?> items) {
        items.forEach(item -> choices.add(String.valueOf(item)));
      }
    } else if (value.isContainerNode()) {
      value.forEach(item -> choices.add(Values.text(item)));
    }
    if (choices.isEmpty()) {
      throw new IllegalArgumentException(
          "%s gives no list of choices for the record %s".formatted(option, doc));
    }
    return choices;
  }
}
