package dev.sifter.model.chat.jinja;

import java.util.HexFormat;

/**
 * Backslash escapes of string literals, as Python's {@code unicode-escape} reads them after {@code
 * backslashreplace} made the text ASCII.
 */
final class Escapes {
  private Escapes() {}

  static String decode(String text, int line) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c != '\\') {
        out.append(c);
      } else if (at == text.length()) {
        throw JinjaException.syntax("\\ at end of string", line);
      } else {
        at = escape(text, at, out, line);
      }
    }
    return out.toString();
  }

  private static int escape(String text, int at, StringBuilder out, int line) {
    char c = text.charAt(at);
    switch (c) {
      case '\n' -> {}
      case 'n' -> out.append('\n');
      case 't' -> out.append('\t');
      case 'r' -> out.append('\r');
      case 'a' -> out.append('\u0007');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'v' -> out.append('\u000b');
      case '\\', '\'', '"' -> out.append(c);
      case 'x' -> {
        return hex(text, at + 1, 2, out, "truncated \\xXX escape", line);
      }
      case 'u' -> {
        return hex(text, at + 1, 4, out, "truncated \\uXXXX escape", line);
      }
      case 'U' -> {
        return hex(text, at + 1, 8, out, "truncated \\UXXXXXXXX escape", line);
      }
      case 'N' -> {
        return named(text, at + 1, out, line);
      }
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        return octal(text, at, out);
      }
      default -> {
        return unknown(text, at, out);
      }
    }
    return at + 1;
  }

  /** The backslash stays; what is not of ASCII then shows how it was written in ASCII. */
  private static int unknown(String text, int at, StringBuilder out) {
    int c = text.codePointAt(at);
    out.append('\\');
    if (c < 0x80) {
      out.append((char) c);
    } else {
      out.append((c < 0x100 ? "x%02x" : c < 0x10000 ? "u%04x" : "U%08x").formatted(c));
    }
    return at + Character.charCount(c);
  }

  private static int hex(
      String text, int at, int digits, StringBuilder out, String error, int line) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      if (at + i >= text.length() || !HexFormat.isHexDigit(text.charAt(at + i))) {
        throw JinjaException.syntax(error, line);
      }
      value = value << 4 | HexFormat.fromHexDigit(text.charAt(at + i));
    }
    if (!Character.isValidCodePoint(value)) {
      throw JinjaException.syntax("illegal Unicode character", line);
    }
    out.appendCodePoint(value);
    return at + digits;
  }

  private static int named(String text, int at, StringBuilder out, int line) {
    int end = text.startsWith("{", at) ? text.indexOf('}', at) : -1;
    if (end < at + 2) {
      throw JinjaException.syntax("malformed \\N character escape", line);
    }
    try {
      out.appendCodePoint(Character.codePointOf(text.substring(at + 1, end)));
    } catch (IllegalArgumentException unknown) {
      throw JinjaException.syntax("unknown Unicode character name", line);
    }
    return end + 1;
  }

  private static int octal(String text, int from, StringBuilder out) {
    int value = 0;
    int at = from;
    while (at < text.length() && at < from + 3 && "01234567".indexOf(text.charAt(at)) >= 0) {
      value = value * 8 + (text.charAt(at++) - '0');
    }
    out.append((char) value);
    return at;
  }
}
