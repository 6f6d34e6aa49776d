package dev.sifter.model.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * {@code json.dumps} with {@code ensure_ascii}, {@code indent}, {@code separators}, {@code
 * sort_keys}.
 */
final class PyJson {
  private final StringBuilder out = new StringBuilder();
  private final boolean ascii;
  private final String indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean sortKeys;

  private PyJson(boolean ascii, String indent, String item, String key, boolean sortKeys) {
    this.ascii = ascii;
    this.indent = indent;
    this.itemSeparator = item;
    this.keySeparator = key;
    this.sortKeys = sortKeys;
  }

  /** The JSON text of a value; the options are Python values, None for the default. */
  static String dumps(Object value, Object ascii, Object indent, Object separators, Object sort) {
    String unit = indent == null ? null : unit(indent);
    String item = unit == null ? ", " : ",";
    String key = ": ";
    if (separators != null) {
      List<Object> pair = Py.list(separators);
      if (pair.size() != 2) {
        throw JinjaException.value(
            pair.size() < 2
                ? "not enough values to unpack (expected 2, got " + pair.size() + ")"
                : "too many values to unpack (expected 2)");
      }
      item = PyRepr.str(pair.get(0));
      key = PyRepr.str(pair.get(1));
    }
    PyJson writer = new PyJson(Py.truth(ascii), unit, item, key, Py.truth(sort));
    writer.value(value, 0);
    return writer.out.toString();
  }

  private static String unit(Object indent) {
    if (Numbers.isInteger(indent)) {
      return " ".repeat(Budget.checkSize(Math.max(0, Numbers.clamp(indent))));
    }
    if (indent instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!Py.isText(indent)) {
      throw JinjaException.type(
          "can't multiply sequence by non-int of type '" + Py.typeName(indent) + "'");
    }
    return indent.toString();
  }

  private void value(Object value, int depth) {
    Budget.visit();
    if (value == null) {
      out.append("null");
    } else if (Py.isText(value)) {
      string(value.toString());
    } else if (value instanceof Boolean b) {
      out.append(b ? "true" : "false");
    } else if (value instanceof Long number) {
      out.append((long) number);
    } else if (value instanceof BigInteger big) {
      out.append(PyRepr.integer(big));
    } else if (value instanceof Double d) {
      out.append(real(d));
    } else if (value instanceof Map<?, ?> map) {
      dict(map, depth + 1);
    } else if (Py.sequence(value) != null) {
      list(Py.sequence(value), depth + 1);
    } else {
      throw JinjaException.type(
          "Object of type " + Py.typeName(value) + " is not JSON serializable");
    }
    Budget.checkSize(out.length());
  }

  private static String real(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    return PyRepr.real(value);
  }

  private void newline(int depth) {
    if (indent != null) {
      out.append('\n');
      Budget.checkSize(out.length() + (long) depth * indent.length());
      for (int i = 0; i < depth; i++) {
        out.append(indent);
      }
    }
  }

  private void enter(int depth) {
    if (depth > 900) {
      throw new JinjaException(
          "RecursionError", "maximum recursion depth exceeded while encoding a JSON object");
    }
  }

  private void list(List<?> items, int depth) {
    enter(depth);
    if (items.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    Iterator<?> iterator = items.iterator();
    while (iterator.hasNext()) {
      newline(depth);
      value(iterator.next(), depth);
      out.append(iterator.hasNext() ? itemSeparator : "");
    }
    newline(depth - 1);
    out.append(']');
  }

  private void dict(Map<?, ?> map, int depth) {
    enter(depth);
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    out.append('{');
    boolean first = true;
    for (Object key : keys(map)) {
      out.append(first ? "" : itemSeparator);
      first = false;
      newline(depth);
      string(keyText(key));
      out.append(keySeparator);
      value(map.get(key), depth);
    }
    newline(depth - 1);
    out.append('}');
  }

  private Iterable<?> keys(Map<?, ?> map) {
    if (!sortKeys) {
      return map.keySet();
    }
    List<Object> keys = new ArrayList<>(map.keySet());
    return Sorting.sorted(keys, keys, false);
  }

  private static String keyText(Object key) {
    if (Py.isText(key)) {
      return key.toString();
    }
    if (key == null) {
      return "null";
    }
    if (key instanceof Boolean b) {
      return b ? "true" : "false";
    }
    if (key instanceof Double d) {
      return real(d);
    }
    if (Numbers.isInteger(key)) {
      return PyRepr.repr(key);
    }
    throw JinjaException.type(
        "keys must be str, int, float, bool or None, not " + Py.typeName(key));
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default -> {
          if (c < 0x20 || ascii && c > 0x7e) {
            PyRepr.hex(out.append("\\u"), c, 4);
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
