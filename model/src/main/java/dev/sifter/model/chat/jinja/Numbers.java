package dev.sifter.model.chat.jinja;

import java.math.BigInteger;

/** Python's integers (long, or big where they do not fit) and the spelling of numbers. */
final class Numbers {
  private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

  private Numbers() {}

  /** The same number as a Long where it fits. */
  static Object normalize(BigInteger value) {
    if (value.compareTo(MIN) >= 0 && value.compareTo(MAX) <= 0) {
      return value.longValue();
    }
    if (value.bitLength() > Budget.MAX_INTEGER_BITS) {
      throw JinjaException.overflow(
          "an integer of more than " + Budget.MAX_INTEGER_BITS + " bits; the sandbox refuses it");
    }
    return value;
  }

  static boolean isInteger(Object value) {
    return value instanceof Long || value instanceof Boolean || value instanceof BigInteger;
  }

  static boolean isNumber(Object value) {
    return isInteger(value) || value instanceof Double;
  }

  static BigInteger big(Object value) {
    return value instanceof BigInteger big ? big : BigInteger.valueOf(toLong(value));
  }

  /** The long of a Long or Boolean. */
  static long toLong(Object value) {
    return value instanceof Boolean b ? (b ? 1 : 0) : (Long) value;
  }

  /** An integer as an index: clamped to the range of a long. */
  static long clamp(Object value) {
    if (value instanceof BigInteger big) {
      return big.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    return toLong(value);
  }

  /** An integer where Python takes nothing else, such as a width. */
  static long index(Object value) {
    if (!isInteger(value)) {
      throw JinjaException.type(
          "'" + Py.typeName(value) + "' object cannot be interpreted as an integer");
    }
    return clamp(value);
  }

  static double toDouble(Object value) {
    if (value instanceof Double d) {
      return d;
    }
    if (value instanceof BigInteger big) {
      double d = big.doubleValue();
      if (Double.isInfinite(d)) {
        throw JinjaException.overflow("int too large to convert to float");
      }
      return d;
    }
    return toLong(value);
  }

  private static int digits(String text, int from) {
    int at = from;
    while (at < text.length()) {
      char c = text.charAt(at);
      boolean digit = c >= '0' && c <= '9';
      boolean separator =
          c == '_' && at > from && at + 1 < text.length() && isDigit(text.charAt(at + 1));
      if (!digit && !separator) {
        break;
      }
      at++;
    }
    return at;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** Where a float literal at a position ends; the position itself where there is none. */
  static int floatEnd(String text, int from) {
    int at = digits(text, from);
    if (at == from) {
      return from;
    }
    boolean isFloat = false;
    if (at + 1 < text.length() && text.charAt(at) == '.' && isDigit(text.charAt(at + 1))) {
      at = digits(text, at + 1);
      isFloat = true;
    }
    if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
      int sign = at + 1 < text.length() && "+-".indexOf(text.charAt(at + 1)) >= 0 ? 1 : 0;
      int end = digits(text, at + 1 + sign);
      if (end > at + 1 + sign) {
        return end;
      }
    }
    return isFloat ? at : from;
  }

  /** Where an integer literal at a digit ends. */
  static int integerEnd(String text, int from) {
    if (text.charAt(from) != '0') {
      return digits(text, from);
    }
    int radix = from + 1 < text.length() ? radix(text.charAt(from + 1)) : 10;
    int start = radix == 10 ? from : from + 2;
    int at = start;
    while (at < text.length()) {
      char c = text.charAt(at);
      boolean digit = radix == 10 ? c == '0' : c < 128 && Character.digit(c, radix) >= 0;
      boolean separator = c == '_' && at + 1 < text.length() && isAlnum(text.charAt(at + 1), radix);
      if (!digit && !separator) {
        break;
      }
      at++;
    }
    return at == start ? from + 1 : at;
  }

  private static boolean isAlnum(char c, int radix) {
    return radix == 10 ? c == '0' : c < 128 && Character.digit(c, radix) >= 0;
  }

  private static int radix(char c) {
    return switch (c) {
      case 'x', 'X' -> 16;
      case 'o', 'O' -> 8;
      case 'b', 'B' -> 2;
      default -> 10;
    };
  }
}
