package dev.sifter.model.chat.jinja;

import java.math.BigInteger;

/**
 * A number as a template writes it, such as {@code 1_000}, {@code 0x1f} or {@code 1.5e3}.
 *
 * @param value a Double, or an integer
 * @param end where it ends in the template
 */
record NumberLiteral(Object value, int end) {
  /** Python's limit. */
  private static final int MAX_DIGITS = 4300;

  /**
   * The number at a digit.
   *
   * @param mayBeFloat whether a point or an exponent belong to it
   * @throws JinjaException where it has more digits than Python reads
   */
  static NumberLiteral at(String text, int from, boolean mayBeFloat, int line) {
    int end = mayBeFloat ? floatEnd(text, from) : from;
    if (end > from) {
      String digits = text.substring(from, end).replace("_", "");
      return new NumberLiteral(Double.valueOf(digits), end);
    }
    end = integerEnd(text, from);
    String digits = text.substring(from, end).replace("_", "");
    if (digits.length() > MAX_DIGITS) {
      throw JinjaException.syntax("an integer of " + digits.length() + " digits", line);
    }
    return new NumberLiteral(integer(digits), end);
  }

  private static Object integer(String digits) {
    int radix = digits.length() > 1 ? radix(digits.charAt(1)) : 10;
    return Numbers.normalize(new BigInteger(radix == 10 ? digits : digits.substring(2), radix));
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
  private static int floatEnd(String text, int from) {
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
  private static int integerEnd(String text, int from) {
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
