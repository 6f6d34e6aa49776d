package dev.sifter.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** Filters that read, round or write a number. */
final class NumberFilters {
  private static final Signature INT = Signature.of("do_int", "value default base", 0L, 10L);
  private static final Signature FLOAT = Signature.of("do_float", "value default", 0.0);
  private static final Signature ROUND =
      Signature.of("do_round", "value precision method", 0L, "common");
  private static final Signature FILE_SIZE =
      Signature.of("do_filesizeformat", "value binary", false);

  private NumberFilters() {}

  static boolean exists(String name) {
    return switch (name) {
      case "abs", "filesizeformat", "float", "int", "round" -> true;
      default -> false;
    };
  }

  static Object call(String name, Object value, Args args) {
    return switch (name) {
      case "abs" -> {
        Filters.plain("abs", args);
        yield abs(value);
      }
      case "filesizeformat" -> fileSize(value, FILE_SIZE.bind(value, args)[1]);
      case "float" -> real(value, FLOAT.bind(value, args)[1]);
      case "int" -> integer(value, INT.bind(value, args));
      default -> round(value, ROUND.bind(value, args));
    };
  }

  private static Object abs(Object value) {
    if (value instanceof Undefined) {
      throw JinjaException.type("bad operand type for abs(): 'Undefined'");
    }
    if (value instanceof Double d) {
      return Math.abs(d);
    }
    if (!Numbers.isInteger(value)) {
      throw JinjaException.type("bad operand type for abs(): '" + Py.typeName(value) + "'");
    }
    return Numbers.normalize(Numbers.big(value).abs());
  }

  private static String fileSize(Object value, Object binary) {
    double bytes = bytes(value);
    long base = Py.truth(binary) ? 1024 : 1000;
    if (bytes == 1) {
      return "1 Byte";
    }
    if (bytes < base) {
      return Numbers.decimal(bytes).toBigInteger() + " Bytes";
    }
    String suffix = base == 1024 ? "iB" : "B";
    String letters = base == 1024 ? "KMGTPEZY" : "kMGTPEZY";
    int last = letters.length() - 1;
    int at = 0;
    while (at < last && !isBelow(bytes, base, at + 2)) {
      at++;
    }
    double shown = base * bytes / BigInteger.valueOf(base).pow(at + 2).doubleValue();
    return RealFormat.format(shown, 'f', 1, false) + " " + letters.charAt(at) + suffix;
  }

  private static boolean isBelow(double bytes, long base, int power) {
    return Double.isFinite(bytes)
        && new BigDecimal(bytes).toBigInteger().compareTo(BigInteger.valueOf(base).pow(power)) < 0;
  }

  /** Python's {@code float(value)}. */
  private static double bytes(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (Numbers.isNumber(value)) {
      return Numbers.toDouble(value);
    }
    if (!Py.isText(value)) {
      throw JinjaException.type(
          "float() argument must be a string or a real number, not '" + Py.typeName(value) + "'");
    }
    Double parsed = parseReal(value.toString());
    if (parsed == null) {
      throw JinjaException.value("could not convert string to float: " + PyRepr.repr(value));
    }
    return parsed;
  }

  private static Object real(Object value, Object otherwise) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (Numbers.isNumber(value)) {
      return Numbers.toDouble(value);
    }
    Double parsed = Py.isText(value) ? parseReal(value.toString()) : null;
    return parsed == null ? otherwise : parsed;
  }

  /** Python's {@code float(text)}, or null. */
  private static Double parseReal(String text) {
    String digits = asciiDigits(PyStr.strip(text, null, true, true));
    String sign = digits.startsWith("-") || digits.startsWith("+") ? digits.substring(0, 1) : "";
    String body = digits.substring(sign.length());
    String word = Casing.lower(body);
    if (word.equals("inf") || word.equals("infinity")) {
      return sign.equals("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    if (word.equals("nan")) {
      return Double.NaN;
    }
    body = body.replaceAll("(?<=[0-9])_(?=[0-9])", "");
    boolean decimal = !body.isEmpty() && body.length() < 1000;
    for (int i = 0; decimal && i < body.length(); i++) {
      char c = body.charAt(i);
      boolean digit = c >= '0' && c <= '9';
      decimal = digit || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
    }
    try {
      return decimal && body.charAt(0) != '+' && body.charAt(0) != '-'
          ? Double.valueOf(sign + body)
          : null;
    } catch (NumberFormatException error) {
      return null;
    }
  }

  /** The text with every decimal digit, of whatever script, as one of ASCII's. */
  private static String asciiDigits(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            cp -> {
              if (Casing.isDecimal(cp)) {
                out.append(Character.digit(cp, 10));
              } else {
                out.appendCodePoint(cp);
              }
            });
    return out.toString();
  }

  private static Object integer(Object value, Object[] args) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (Numbers.isInteger(value)) {
      return Numbers.normalize(Numbers.big(value));
    }
    if (Py.isText(value)) {
      Object parsed = parseInteger(value.toString(), args[2]);
      if (parsed != null) {
        return parsed;
      }
    }
    if (value instanceof Double d && !d.isNaN()) {
      return Numbers.normalize(Numbers.decimal(d).toBigInteger());
    }
    Double real = Py.isText(value) ? parseReal(value.toString()) : null;
    return real == null || !Double.isFinite(real)
        ? args[1]
        : Numbers.normalize(new BigDecimal(real).toBigInteger());
  }

  private static Object parseInteger(String text, Object base) {
    if (!Numbers.isInteger(base)) {
      return null;
    }
    int radix = (int) Numbers.clamp(base);
    String digits = asciiDigits(PyStr.strip(text, null, true, true));
    String sign = digits.startsWith("-") || digits.startsWith("+") ? digits.substring(0, 1) : "";
    String body = digits.substring(sign.length());
    String prefix = body.length() > 1 ? Casing.lower(body.substring(0, 2)) : "";
    int known =
        switch (prefix) {
          case "0x" -> 16;
          case "0o" -> 8;
          case "0b" -> 2;
          default -> 0;
        };
    if (known != 0 && (radix == known || radix == 0)) {
      body = body.substring(body.startsWith("_", 2) ? 3 : 2);
      radix = known;
    }
    if (body.startsWith("_") || body.endsWith("_") || body.contains("__")) {
      return null;
    }
    body = body.replace("_", "");
    if (body.isEmpty() || body.length() > 4300 || "+-".indexOf(body.charAt(0)) >= 0) {
      return null;
    }
    try {
      return Numbers.normalize(new BigInteger(sign + body, radix == 0 ? 10 : radix));
    } catch (NumberFormatException error) {
      return null;
    }
  }

  private static Object round(Object value, Object[] args) {
    String method = PyRepr.str(args[2]);
    if (!method.equals("common") && !method.equals("ceil") && !method.equals("floor")) {
      throw JinjaException.filterArgument("method must be common, ceil or floor");
    }
    if (!method.equals("common")) {
      Object unit = Arithmetic.binary(Kind.POW, 10L, args[1]);
      Object scaled = Arithmetic.binary(Kind.MUL, value, unit);
      if (!Numbers.isNumber(scaled)) {
        throw JinjaException.type("must be real number, not " + Py.typeName(scaled));
      }
      RoundingMode mode = method.equals("ceil") ? RoundingMode.CEILING : RoundingMode.FLOOR;
      Object whole = Numbers.normalize(Numbers.decimal(scaled).setScale(0, mode).toBigInteger());
      return Arithmetic.binary(Kind.DIV, whole, unit);
    }
    if (!Numbers.isNumber(value)) {
      throw JinjaException.type("type " + Py.typeName(value) + " doesn't define __round__ method");
    }
    if (!Numbers.isInteger(args[1])) {
      throw JinjaException.type(
          "'" + Py.typeName(args[1]) + "' object cannot be interpreted as an integer");
    }
    if (value instanceof Double d && !Double.isFinite(d)) {
      return value;
    }
    int precision = Math.clamp(Numbers.clamp(args[1]), -400, 400);
    BigDecimal rounded = Numbers.decimal(value).setScale(precision, RoundingMode.HALF_EVEN);
    if (!(value instanceof Double d)) {
      return Numbers.normalize(rounded.toBigInteger());
    }
    double nearest = rounded.doubleValue();
    if (Double.isInfinite(nearest)) {
      throw JinjaException.overflow("rounded value too large to represent");
    }
    return Math.copySign(nearest, d);
  }
}
