package dev.sifter.model.chat.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** {@code text % values}. */
final class Percent {
  private final String format;
  private final Object values;
  private final boolean escape;
  private final StringBuilder out = new StringBuilder();
  private int position;
  private int used;

  private Percent(String format, Object values, boolean escape) {
    this.format = format;
    this.values = values;
    this.escape = escape;
  }

  /** The formatted text; Markup where the format is, with its values escaped. */
  static Object format(Object format, Object values) {
    boolean markup = format instanceof Markup;
    Budget.read(format);
    Percent percent = new Percent(format.toString(), values, markup);
    percent.run();
    return markup ? new Markup(percent.out.toString()) : percent.out.toString();
  }

  private void run() {
    boolean byName = false;
    while (position < format.length()) {
      char c = format.charAt(position++);
      if (c != '%') {
        out.append(c);
        continue;
      }
      byName |= conversion();
      Budget.checkSize(out.length());
    }
    boolean mapping =
        values instanceof Map
            || values instanceof List
            || values instanceof Undefined
            || values instanceof PyRange;
    boolean left = values instanceof PyTuple tuple ? used < tuple.size() : used == 0 && !mapping;
    if (left && !byName) {
      throw JinjaException.type("not all arguments converted during string formatting");
    }
  }

  private char next() {
    if (position >= format.length()) {
      throw JinjaException.value("incomplete format");
    }
    return format.charAt(position++);
  }

  private boolean conversion() {
    Object argument = Undefined.MISSING;
    char c = next();
    boolean named = c == '(';
    if (named) {
      int end = format.indexOf(')', position);
      if (end < 0) {
        throw JinjaException.value("incomplete format key");
      }
      requireDefined(values);
      if (!(values instanceof Map<?, ?> map)) {
        throw JinjaException.type("format requires a mapping");
      }
      String key = format.substring(position, end);
      argument = Dicts.find(map, key);
      if (argument == Undefined.MISSING) {
        throw new JinjaException("KeyError", PyRepr.repr(key));
      }
      position = end + 1;
      c = next();
    }
    String flags = "";
    while ("-+ #0".indexOf(c) >= 0) {
      flags += c;
      c = next();
    }
    position--;
    int width = size(named);
    if (width < 0) {
      flags += "-";
    }
    c = next();
    int precision = -1;
    if (c == '.') {
      precision = Math.max(0, size(named));
      c = next();
    }
    if ("hlL".indexOf(c) >= 0) {
      c = next();
    }
    if (c == '%') {
      out.append('%');
      return named;
    }
    convert(
        c,
        argument == Undefined.MISSING ? nextValue() : argument,
        flags,
        Math.abs(width),
        precision);
    return named;
  }

  /** The digits of a width or precision, or the value that a star takes it from. */
  private int size(boolean named) {
    char c = next();
    if (c == '*') {
      if (named) {
        throw JinjaException.type("not enough arguments for format string");
      }
      Object value = nextValue();
      if (!Numbers.isInteger(value)) {
        throw JinjaException.type("* wants int");
      }
      long size = Math.max(-Long.MAX_VALUE, Numbers.clamp(value));
      return Long.signum(size) * Budget.checkSize(Math.abs(size));
    }
    int size = 0;
    while (c >= '0' && c <= '9') {
      size = Budget.checkSize(size * 10L + c - '0');
      c = next();
    }
    position--;
    return size;
  }

  private Object nextValue() {
    if (values instanceof PyTuple tuple) {
      if (used >= tuple.size()) {
        throw JinjaException.type("not enough arguments for format string");
      }
      return tuple.items().get(used++);
    }
    if (used++ > 0) {
      throw JinjaException.type("not enough arguments for format string");
    }
    return values;
  }

  private void convert(char type, Object value, String flags, int width, int precision) {
    String text;
    switch (type) {
      case 's', 'r', 'a' -> {
        text =
            type == 's'
                ? PyRepr.str(value)
                : type == 'r' ? PyRepr.repr(value) : PyRepr.ascii(value);
        text = escape ? Markup.escape(type == 's' ? value : text).text() : text;
        if (precision >= 0 && PyStr.length(text) > precision) {
          text = text.substring(0, text.offsetByCodePoints(0, precision));
        }
        pad(text, "", flags.replace("0", ""), width);
      }
      case 'd', 'i', 'u' -> number(type, whole(type, value).toString(), flags, width, precision);
      case 'x' -> number(type, exact(type, value).toString(16), flags, width, precision);
      case 'X' ->
          number(type, Casing.upper(exact(type, value).toString(16)), flags, width, precision);
      case 'o' -> number(type, exact(type, value).toString(8), flags, width, precision);
      case 'e', 'E', 'f', 'F', 'g', 'G' ->
          number(type, real(type, value, flags, precision < 0 ? 6 : precision), flags, width, 0);
      case 'c' -> pad(character(value), "", flags.replace("0", ""), width);
      default ->
          throw JinjaException.value(
              "unsupported format character '"
                  + type
                  + "' (0x"
                  + Integer.toHexString(type)
                  + ") at index "
                  + (position - 1));
    }
  }

  private static String character(Object value) {
    if (Numbers.isInteger(value)) {
      return character(Numbers.clamp(value));
    }
    if (Py.isText(value) && PyStr.length(value.toString()) == 1) {
      return value.toString();
    }
    throw JinjaException.type("%c requires int or char");
  }

  /** The character of a code point. */
  static String character(long code) {
    if (code < 0 || code > Character.MAX_CODE_POINT) {
      throw JinjaException.overflow("%c arg not in range(0x110000)");
    }
    return Character.toString((int) code);
  }

  private static void requireDefined(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
  }

  private static BigInteger whole(char type, Object value) {
    if (value instanceof Double) {
      return Numbers.decimal(value).toBigInteger();
    }
    requireDefined(value);
    if (!Numbers.isInteger(value)) {
      throw JinjaException.type(
          "%" + type + " format: a real number is required, not " + Py.typeName(value));
    }
    return Numbers.big(value);
  }

  private static BigInteger exact(char type, Object value) {
    if (!Numbers.isInteger(value)) {
      throw JinjaException.type(
          "%" + type + " format: an integer is required, not " + Py.typeName(value));
    }
    return Numbers.big(value);
  }

  private static String real(char type, Object value, String flags, int places) {
    requireDefined(value);
    if (!Numbers.isNumber(value)) {
      throw JinjaException.type("must be real number, not " + Py.typeName(value));
    }
    double d = Numbers.toDouble(value);
    String digits = RealFormat.format(d, type, places, flags.indexOf('#') >= 0);
    return Math.copySign(1, d) < 0 && !Double.isNaN(d) ? "-" + digits : digits;
  }

  private void number(char type, String signed, String flags, int width, int precision) {
    boolean negative = signed.startsWith("-");
    String sign =
        negative ? "-" : flags.indexOf('+') >= 0 ? "+" : flags.indexOf(' ') >= 0 ? " " : "";
    String prefix = flags.indexOf('#') >= 0 && "xXo".indexOf(type) >= 0 ? "0" + type : "";
    String digits = negative ? signed.substring(1) : signed;
    String zeros = "0".repeat(Math.max(0, precision - digits.length()));
    pad(zeros + digits, sign + prefix, flags, width);
  }

  private void pad(String text, String sign, String flags, int width) {
    int fill = Math.max(0, width - PyStr.length(text) - sign.length());
    boolean left = flags.indexOf('-') >= 0;
    boolean zeros = !left && flags.indexOf('0') >= 0;
    if (!left && !zeros) {
      out.repeat(' ', fill);
    }
    out.append(sign);
    if (zeros) {
      out.repeat('0', fill);
    }
    out.append(text);
    if (left) {
      out.repeat(' ', fill);
    }
  }
}
