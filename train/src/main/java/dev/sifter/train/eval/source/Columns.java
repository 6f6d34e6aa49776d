package dev.sifter.train.eval.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the columns of a table of records hold, as the {@code datasets} library finds it in JSON
 * Lines, and the harness sees the records: all have all columns, in the order in which they first
 * appear, null where a record has none; and where one number is a fraction, all of its column are.
 * Columns of unlike values stay as they are.
 */
final class Columns {
  /** What a value is; of records that have the same fields, what each of these is. */
  private sealed interface Shape {
    /** Of nulls alone. */
    record Nothing() implements Shape {}

    record Whole() implements Shape {}

    record Real() implements Shape {}

    record Items(Shape each) implements Shape {}

    record Fields(Map<String, Shape> each) implements Shape {}

    /** Texts, truth values, or unlike values. */
    record Other(Object type) implements Shape {}
  }

  private static final Shape NOTHING = new Shape.Nothing();
  private static final Shape UNLIKE = new Shape.Other("unlike");

  private final int wholeBits;
  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  /**
   * The columns of these records.
   *
   * @param wholeBits bits of the largest whole number; a larger one is read as a fraction
   */
  Columns(List<ObjectNode> records, int wholeBits) {
    this.wholeBits = wholeBits;
    for (ObjectNode record : records) {
      for (var field : record.properties()) {
        shapes.merge(field.getKey(), shape(field.getValue()), Columns::both);
      }
    }
  }

  /** A record with these columns; what it has beyond them comes last. */
  ObjectNode of(ObjectNode record) {
    ObjectNode whole = fields(record, shapes);
    record.properties().forEach(field -> whole.putIfAbsent(field.getKey(), field.getValue()));
    return whole;
  }

  private Shape shape(JsonNode value) {
    if (value.isNull()) {
      return NOTHING;
    }
    if (value.isArray()) {
      Shape each = NOTHING;
      for (JsonNode item : value) {
        each = both(each, shape(item));
      }
      return new Shape.Items(each);
    }
    if (value.isObject()) {
      Map<String, Shape> each = new LinkedHashMap<>();
      value.properties().forEach(field -> each.put(field.getKey(), shape(field.getValue())));
      return new Shape.Fields(each);
    }
    if (value.isNumber()) {
      return value.isIntegralNumber() && value.bigIntegerValue().bitLength() <= wholeBits
          ? new Shape.Whole()
          : new Shape.Real();
    }
    return new Shape.Other(value.getNodeType());
  }

  private static Shape both(Shape a, Shape b) {
    if (a.equals(b) || b instanceof Shape.Nothing) {
      return a;
    }
    if (a instanceof Shape.Nothing || isNumber(a) && b instanceof Shape.Real) {
      return b;
    }
    if (a instanceof Shape.Real && isNumber(b)) {
      return a;
    }
    if (a instanceof Shape.Items(Shape x) && b instanceof Shape.Items(Shape y)) {
      return new Shape.Items(both(x, y));
    }
    if (a instanceof Shape.Fields(var x)
        && b instanceof Shape.Fields(var y)
        && x.keySet().equals(y.keySet())) {
      Map<String, Shape> each = new LinkedHashMap<>();
      x.forEach((name, shape) -> each.put(name, both(shape, y.get(name))));
      return new Shape.Fields(each);
    }
    return UNLIKE;
  }

  private static boolean isNumber(Shape shape) {
    return shape instanceof Shape.Whole || shape instanceof Shape.Real;
  }

  private static JsonNode cast(JsonNode value, Shape shape) {
    if (shape instanceof Shape.Real && value.isNumber()) {
      return DoubleNode.valueOf(value.doubleValue());
    }
    if (shape instanceof Shape.Items(Shape each) && value.isArray()) {
      ArrayNode items = JsonNodeFactory.instance.arrayNode();
      value.forEach(item -> items.add(cast(item, each)));
      return items;
    }
    return shape instanceof Shape.Fields(var each) && value.isObject()
        ? fields((ObjectNode) value, each)
        : value;
  }

  private static ObjectNode fields(ObjectNode value, Map<String, Shape> shapes) {
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    shapes.forEach(
        (name, shape) -> {
          JsonNode field = value.get(name);
          fields.set(name, field == null ? fields.nullNode() : cast(field, shape));
        });
    return fields;
  }
}
