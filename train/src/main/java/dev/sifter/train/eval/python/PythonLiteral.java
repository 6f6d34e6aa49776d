package dev.sifter.train.eval.python;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads what {@code ast.literal_eval} reads and task files use: strings, numbers, True, False,
 * None, and lists and tuples of them.
 */
public final class PythonLiteral {
  private static final int MAX_DEPTH = 50;

  private final String text;
  private int at;

  private PythonLiteral(String text) {
    this.text = text;
  }

  /**
   * The value: String, Long, Double, Boolean, null or List.
   *
   * @throws IllegalArgumentException if the text is none of these
   */
  public static Object parse(String text) {
    PythonLiteral literal = new PythonLiteral(text);
    Object value = literal.value(0);
    literal.skipSpace();
    if (literal.at < text.length()) {
      throw literal.error("the end");
    }
    return value;
  }

  private Object value(int depth) {
    skipSpace();
    if (at >= text.length() || depth > MAX_DEPTH) {
      throw error("a value");
    }
    char c = text.charAt(at);
    if (c == '[' || c == '(') {
      return list(c == '[' ? ']' : ')', depth);
    }
    if (c == '\'' || c == '"') {
      return string(c);
    }
    return word();
  }

  private List<Object> list(char closing, int depth) {
    List<Object> items = new ArrayList<>();
    at++;
    while (!take(closing)) {
      items.add(value(depth + 1));
      if (!take(',')) {
        if (!take(closing)) {
          throw error("',' or '" + closing + "'");
        }
        return items;
      }
    }
    return items;
  }

  private boolean take(char wanted) {
    skipSpace();
    boolean there = at < text.length() && text.charAt(at) == wanted;
    at += there ? 1 : 0;
    return there;
  }

  private String string(char quote) {
    StringBuilder value = new StringBuilder();
    at++;
    while (at < text.length() && text.charAt(at) != quote) {
      char c = text.charAt(at++);
      if (c == '\\' && at < text.length()) {
        escape(value);
      } else {
        value.append(c);
      }
    }
    if (!take(quote)) {
      throw error("a closing quote");
    }
    return value.toString();
  }

  private void escape(StringBuilder value) {
    char c = text.charAt(at++);
    switch (c) {
      case 'n' -> value.append('\n');
      case 't' -> value.append('\t');
      case 'r' -> value.append('\r');
      case '\\', '\'', '"' -> value.append(c);
      case 'x' -> value.appendCodePoint(hex(2));
      case 'u' -> value.appendCodePoint(hex(4));
      case 'U' -> value.appendCodePoint(hex(8));
      default -> value.append('\\').append(c);
    }
  }

  private int hex(int digits) {
    try {
      int code = Integer.parseInt(text.substring(at, at + digits), 16);
      at += digits;
      if (Character.isValidCodePoint(code)) {
        return code;
      }
      throw error("a character");
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw error(digits + " hexadecimal digits");
    }
  }

  private Object word() {
    int start = at;
    while (at < text.length() && ",])( \n\t".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String word = text.substring(start, at);
    try {
      return switch (word) {
        case "True" -> true;
        case "False" -> false;
        case "None" -> null;
        default -> word.matches("[+-]?[0-9]+") ? (Object) Long.valueOf(word) : Double.valueOf(word);
      };
    } catch (NumberFormatException e) {
      at = start;
      throw error("a string, a number or a list");
    }
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private IllegalArgumentException error(String wanted) {
    return new IllegalArgumentException(
        "'%s' is no Python literal: %s is wanted at character %d".formatted(text, wanted, at));
  }
}
