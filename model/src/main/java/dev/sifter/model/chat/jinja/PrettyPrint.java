package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Python's {@code pprint.pformat}: the repr with dicts in the order of their keys, and over several
 * lines where it is wider than 80 characters.
 */
final class PrettyPrint {
  private static final int WIDTH = 80;

  private final StringBuilder out = new StringBuilder();

  private PrettyPrint() {}

  static String format(Object value) {
    PrettyPrint printer = new PrettyPrint();
    printer.print(value, 0, 0, 0);
    return printer.out.toString();
  }

  /**
   * Prints a value.
   *
   * @param indent the column at which its lines begin
   * @param allowance the characters that follow it on its last line
   */
  private void print(Object value, int indent, int allowance, int depth) {
    String line = line(value, depth);
    if (PyStr.length(line) <= WIDTH - indent - allowance || "".equals(value)) {
      write(line);
    } else if (value instanceof Map<?, ?> map) {
      write("{");
      entries(sorted(map), indent + 1, allowance + 1, depth + 1);
      write("}");
    } else if (value instanceof List<?> list) {
      write("[");
      items(list, indent + 1, allowance + 1, depth + 1);
      write("]");
    } else if (value instanceof PyTuple tuple && !(value instanceof GroupTuple)) {
      String end = tuple.size() == 1 ? ",)" : ")";
      write("(");
      items(tuple.items(), indent + 1, allowance + end.length(), depth + 1);
      write(end);
    } else if (value instanceof String text) {
      text(text, indent, allowance, depth == 0);
    } else {
      write(line);
    }
  }

  private void write(String text) {
    out.append(text);
    Budget.checkSize(out.length());
  }

  private void newLine(int indent) {
    write("\n" + " ".repeat(indent));
  }

  private void items(List<?> items, int indent, int allowance, int depth) {
    for (int i = 0; i < items.size(); i++) {
      boolean isLast = i == items.size() - 1;
      print(items.get(i), indent, isLast ? allowance : 1, depth);
      if (!isLast) {
        write(",");
        newLine(indent);
      }
    }
  }

  private void entries(List<PyTuple> entries, int indent, int allowance, int depth) {
    for (int i = 0; i < entries.size(); i++) {
      boolean isLast = i == entries.size() - 1;
      String key = line(entries.get(i).array()[0], depth);
      write(key + ": ");
      int column = indent + PyStr.length(key) + 2;
      print(entries.get(i).array()[1], column, isLast ? allowance : 1, depth);
      if (!isLast) {
        write(",");
        newLine(indent);
      }
    }
  }

  /** A text as literals of one line each, in brackets where it stands alone. */
  private void text(String text, int indent, int allowance, boolean alone) {
    int column = alone ? indent + 1 : indent;
    List<String> literals = literals(text, WIDTH - column, alone ? allowance + 1 : allowance);
    boolean brackets = alone && literals.size() > 1;
    write(brackets ? "(" : "");
    for (int i = 0; i < literals.size(); i++) {
      if (i > 0) {
        newLine(column);
      }
      write(literals.get(i));
    }
    write(brackets ? ")" : "");
  }

  private static List<String> literals(String text, int width, int allowance) {
    List<String> literals = new ArrayList<>();
    List<Object> lines = PyStr.splitLines(text, true);
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      int lastWidth = i == lines.size() - 1 ? width - allowance : width;
      String literal = PyRepr.repr(line);
      if (PyStr.length(literal) <= lastWidth) {
        literals.add(literal);
      } else {
        literals.addAll(words(line, width, lastWidth));
      }
    }
    return literals;
  }

  /** A line cut after white space; the last word may have less room than the others. */
  private static List<String> words(String line, int width, int lastWidth) {
    List<String> literals = new ArrayList<>();
    int from = 0;
    int to = 0;
    while (to < line.length()) {
      int end = wordEnd(line, to);
      int room = end == line.length() ? lastWidth : width;
      boolean tooWide = PyStr.length(PyRepr.repr(line.substring(from, end))) > room;
      if (tooWide && to > from) {
        literals.add(PyRepr.repr(line.substring(from, to)));
        from = to;
      }
      to = end;
    }
    literals.add(PyRepr.repr(line.substring(from)));
    return literals;
  }

  private static int wordEnd(String line, int from) {
    int end = from;
    while (end < line.length() && !PyStr.isSpace(line.charAt(end))) {
      end++;
    }
    while (end < line.length() && PyStr.isSpace(line.charAt(end))) {
      end++;
    }
    return end;
  }

  /** The value on one line. */
  private static String line(Object value, int depth) {
    StringBuilder out = new StringBuilder();
    appendLine(value, out, depth);
    return out.toString();
  }

  private static void appendLine(Object value, StringBuilder out, int depth) {
    if (value instanceof Map<?, ?> map) {
      out.append('{');
      String separator = "";
      for (PyTuple entry : sorted(map)) {
        out.append(separator);
        appendLine(entry.array()[0], out, PyRepr.deeper(depth));
        out.append(": ");
        appendLine(entry.array()[1], out, PyRepr.deeper(depth));
        separator = ", ";
      }
      out.append('}');
    } else if (value instanceof List<?> list) {
      appendItems(list, out.append('['), depth);
      out.append(']');
    } else if (value instanceof PyTuple tuple && !(value instanceof GroupTuple)) {
      appendItems(tuple.items(), out.append('('), depth);
      out.append(tuple.size() == 1 ? ",)" : ")");
    } else {
      out.append(PyRepr.repr(value));
    }
    Budget.checkSize(out.length());
  }

  private static void appendItems(List<?> items, StringBuilder out, int depth) {
    for (int i = 0; i < items.size(); i++) {
      Budget.visit();
      out.append(i > 0 ? ", " : "");
      appendLine(items.get(i), out, PyRepr.deeper(depth));
    }
  }

  /** The entries by key; keys that Python cannot compare are in the order of their types' names. */
  private static List<PyTuple> sorted(Map<?, ?> map) {
    List<PyTuple> entries = new ArrayList<>(map.size());
    List<Object> keys = new ArrayList<>(map.size());
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      entries.add(new PyTuple(entry.getKey(), entry.getValue()));
      keys.add(entry.getKey());
    }
    return Sorting.sorted(entries, keys, PrettyPrint::less);
  }

  private static boolean less(Object a, Object b) {
    try {
      return Compare.ordered(a, b, Kind.LT);
    } catch (JinjaException error) {
      if (!error.errorType().equals("TypeError")) {
        throw error;
      }
      return Compare.byCodePoints(className(a), className(b)) < 0;
    }
  }

  private static String className(Object value) {
    return value == null ? "NoneType" : Py.objectName(value).replace(" object", "");
  }
}
