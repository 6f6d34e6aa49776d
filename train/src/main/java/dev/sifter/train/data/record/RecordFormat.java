package dev.sifter.train.data.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.sifter.model.Json;
import dev.sifter.model.chat.jinja.JinjaException;
import dev.sifter.model.chat.jinja.Template;
import dev.sifter.model.chat.jinja.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes one record of another: an object whose texts are Jinja templates over the other's fields,
 * as those of evaluation tasks are. It does what {@code formatting_func} does in TRL, and a {@code
 * map} before it in the Hugging Face course.
 */
public final class RecordFormat {
  private static final String OPTION = "formatting_func";

  private final ObjectNode source;
  private final Part whole;

  /** What becomes of a part of the object. */
  private interface Part {
    JsonNode of(Map<String, Object> variables);
  }

  /**
   * A format.
   *
   * @param source the object; the texts of fields that hold lists, such as {@code messages}, are
   *     read as JSON when they are rendered
   * @throws IllegalArgumentException if one of its texts is no template
   */
  public RecordFormat(ObjectNode source) {
    this.source = source.deepCopy();
    this.whole = compile(OPTION, this.source);
  }

  private static Part compile(String name, JsonNode node) {
    return switch (node) {
      case TextNode text -> text(name, text.textValue());
      case ObjectNode object -> object(name, object);
      case ArrayNode list -> list(name, list);
      default -> _ -> node;
    };
  }

  private static Part text(String name, String source) {
    Template template;
    try {
      template = Template.compileStrict(source);
    } catch (JinjaException e) {
      throw new IllegalArgumentException(
          "%s is no Jinja template: %s in '%s'".formatted(name, e.getMessage(), source), e);
    }
    return variables -> TextNode.valueOf(template.render(variables, null).text());
  }

  private static Part object(String name, ObjectNode object) {
    Map<String, Part> parts = new LinkedHashMap<>();
    object
        .properties()
        .forEach(
            field ->
                parts.put(field.getKey(), compile(name + "." + field.getKey(), field.getValue())));
    return variables -> {
      ObjectNode made = JsonNodeFactory.instance.objectNode();
      parts.forEach((key, part) -> made.set(key, part.of(variables)));
      return made;
    };
  }

  private static Part list(String name, ArrayNode list) {
    List<Part> parts = new ArrayList<>();
    list.forEach(item -> parts.add(compile(name + "[" + parts.size() + "]", item)));
    return variables -> {
      ArrayNode made = JsonNodeFactory.instance.arrayNode();
      parts.forEach(part -> made.add(part.of(variables)));
      return made;
    };
  }

  /**
   * The record that becomes of one.
   *
   * @throws DataException if a template uses a field that the record lacks, or fails otherwise, or
   *     does not give the JSON that a field must hold
   */
  DataRecord apply(DataRecord record) {
    Map<String, Object> variables = new LinkedHashMap<>();
    record
        .fields()
        .properties()
        .forEach(field -> variables.put(field.getKey(), Values.of(field.getValue())));
    ObjectNode made;
    try {
      made = (ObjectNode) whole.of(variables);
    } catch (JinjaException e) {
      throw new DataException(
          record.origin(),
          "%s cannot be rendered: %s; the record's fields are %s"
              .formatted(OPTION, e.getMessage(), variables.keySet()),
          e);
    }
    for (Map.Entry<String, JsonNode> field : made.properties()) {
      if (JsonFields.contains(field.getKey()) && field.getValue().isTextual()) {
        field.setValue(json(record.origin(), field.getKey(), field.getValue().textValue()));
      }
    }
    return new DataRecord(record.origin(), made);
  }

  private static JsonNode json(Origin origin, String name, String text) {
    try {
      return JsonFields.parse(text);
    } catch (JsonProcessingException e) {
      throw new DataException(
          origin,
          "%s.%s gives what is not JSON: %s; write lists and texts with | tojson"
              .formatted(OPTION, name, Json.reason(e)),
          e);
    }
  }

  /** The object as it was given, in one line. */
  @Override
  public String toString() {
    return source.toString();
  }
}
