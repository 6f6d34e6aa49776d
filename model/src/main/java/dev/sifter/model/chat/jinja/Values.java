package dev.sifter.model.chat.jinja;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns Java's and Jackson's values into those of templates: deep, unmodifiable copies. */
public final class Values {
  private static final int MAX_DEPTH = 500;

  private Values() {}

  /**
   * The value that a template sees for null, a String, Boolean, Number, JsonNode, List or array, or
   * a Map whose keys become text.
   *
   * @throws IllegalArgumentException for any other type, and for nesting deeper than 500
   */
  public static Object of(Object value) {
    return of(value, 0);
  }

  /** Python's {@code str()} of what {@link #of} takes. */
  public static String text(Object value) {
    return PyRepr.str(of(value));
  }

  private static Object of(Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("a value is nested more than " + MAX_DEPTH + " deep");
    }
    if (value == null || value instanceof String || value instanceof Boolean) {
      return value;
    }
    if (value instanceof Number number) {
      return number(number);
    }
    if (value instanceof JsonNode node) {
      return json(node, depth);
    }
    if (value instanceof Object[] array) {
      return of(Arrays.asList(array), depth);
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>(map.size() * 2);
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        copy.put(String.valueOf(entry.getKey()), of(entry.getValue(), depth + 1));
      }
      return Collections.unmodifiableMap(copy);
    }
    if (value instanceof Iterable<?> items) {
      List<Object> copy = new ArrayList<>();
      for (Object item : items) {
        copy.add(of(item, depth + 1));
      }
      return Collections.unmodifiableList(copy);
    }
    throw new IllegalArgumentException(
        "a template cannot be given a "
            + value.getClass().getName()
            + "; give text, numbers, booleans, lists, maps or JSON");
  }

  private static Object number(Number number) {
    if (number instanceof Long || number instanceof Double) {
      return number;
    }
    if (number instanceof Integer || number instanceof Short || number instanceof Byte) {
      return number.longValue();
    }
    if (number instanceof Float || number instanceof BigDecimal) {
      return number.doubleValue();
    }
    if (number instanceof BigInteger big) {
      return Numbers.normalize(big);
    }
    throw new IllegalArgumentException(
        "a template cannot be given a " + number.getClass().getName());
  }

  private static Object json(JsonNode node, int depth) {
    switch (node.getNodeType()) {
      case OBJECT:
        Map<Object, Object> map = new LinkedHashMap<>(node.size() * 2);
        node.properties().forEach(e -> map.put(e.getKey(), of(e.getValue(), depth + 1)));
        return Collections.unmodifiableMap(map);
      case ARRAY:
        List<Object> list = new ArrayList<>(node.size());
        for (JsonNode item : node) {
          list.add(of(item, depth + 1));
        }
        return Collections.unmodifiableList(list);
      case STRING:
        return node.textValue();
      case BOOLEAN:
        return node.booleanValue();
      case NUMBER:
        return number(node.numberValue());
      default:
        return null;
    }
  }
}
