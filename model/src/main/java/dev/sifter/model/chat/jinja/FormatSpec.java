package dev.sifter.model.chat.jinja;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A specification of {@code str.format}, such as {@code >8}, {@code ,} or {@code .2f}. */
final class FormatSpec {
  private static final Pattern SYNTAX =
      Pattern.compile(
          "(?s)(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<coerced>z)?(?<alternate>#)?"
              + "(?<zero>0)?(?<width>[0-9]{1,9})?(?<group>[,_])?"
              + "(?:\\.(?<precision>[0-9]{1,9}))?(?<type>.)?");

  private final String fill;
  private final char align;
  private final String sign;

  /** Whether a number that is zero where it is rounded loses its minus. */
  private final boolean coerced;

  private final boolean alternate;
  private final int width;
  private final String group;
  private final int precision;
  private final char type;

  private FormatSpec(Matcher parts, boolean number) {
    boolean zero = parts.group("zero") != null;
    String given = parts.group("align");
    fill = parts.group("fill") != null ? parts.group("fill") : zero ? "0" : " ";
    align = given != null ? given.charAt(0) : !number ? '<' : zero ? '=' : '>';
    sign = parts.group("sign") == null ? "" : parts.group("sign");
    coerced = parts.group("coerced") != null;
    alternate = parts.group("alternate") != null;
    width = number(parts.group("width"), 0);
    group = parts.group("group") == null ? "" : parts.group("group");
    precision = number(parts.group("precision"), -1);
    type = parts.group("type") == null ? 0 : parts.group("type").charAt(0);
  }

  private static int number(String digits, int otherwise) {
    return digits == null ? otherwise : Budget.checkSize(Long.parseLong(digits));
  }

  /** {@code format(value, spec)}. */
  static String format(Object value, String spec) {
    if (spec.isEmpty()) {
      return PyRepr.str(value);
    }
    if (!Py.isText(value) && !Numbers.isNumber(value)) {
      throw JinjaException.type(
          "unsupported format string passed to " + Py.typeName(value) + ".__format__");
    }
    Matcher parts = SYNTAX.matcher(spec);
    if (!parts.matches()) {
      throw JinjaException.value("Invalid format specifier");
    }
    FormatSpec format = new FormatSpec(parts, !Py.isText(value));
    if (Py.isText(value)) {
      return format.text(value.toString());
    }
    return value instanceof Double d ? format.real(d) : format.integer(value);
  }

  private JinjaException unknown(String typeName) {
    return JinjaException.value(
        "Unknown format code '" + type + "' for object of type '" + typeName + "'");
  }

  private String text(String text) {
    if (type != 0 && type != 's') {
      throw unknown("str");
    }
    if (!sign.isEmpty()) {
      throw JinjaException.value("Sign not allowed in string format specifier");
    }
    requireUncoerced("string");
    if (alternate) {
      throw JinjaException.value("Alternate form (#) not allowed in string format specifier");
    }
    if (align == '=') {
      throw JinjaException.value("'=' alignment not allowed in string format specifier");
    }
    if (!group.isEmpty()) {
      throw JinjaException.value("Cannot specify '" + group + "' with 's'.");
    }
    boolean cut = precision >= 0 && PyStr.length(text) > precision;
    return aligned("", cut ? text.substring(0, text.offsetByCodePoints(0, precision)) : text, "");
  }

  private String integer(Object value) {
    if ("eEfFgG%".indexOf(type) >= 0) {
      return real(Numbers.toDouble(value));
    }
    if (type == 'c') {
      return character(value);
    }
    int radix =
        switch (type) {
          case 0, 'd', 'n' -> 10;
          case 'b' -> 2;
          case 'o' -> 8;
          case 'x', 'X' -> 16;
          default -> throw unknown("int");
        };
    requireInteger();
    if (group.equals(",") && radix != 10 || !group.isEmpty() && type == 'n') {
      throw JinjaException.value("Cannot specify '" + group + "' with '" + type + "'.");
    }
    BigInteger number = Numbers.big(value);
    BigInteger magnitude = number.abs();
    String digits = radix == 10 ? PyRepr.integer(magnitude) : magnitude.toString(radix);
    String prefix = signOf(number.signum() < 0) + (alternate && radix != 10 ? "0" + type : "");
    return grouped(prefix, type == 'X' ? Casing.upper(digits) : digits, "", radix == 10 ? 3 : 4);
  }

  private void requireInteger() {
    if (precision >= 0) {
      throw JinjaException.value("Precision not allowed in integer format specifier");
    }
    requireUncoerced("integer");
  }

  private void requireUncoerced(String what) {
    if (coerced) {
      throw JinjaException.value(
          "Negative zero coercion (z) not allowed in " + what + " format specifier");
    }
  }

  private String character(Object value) {
    requireInteger();
    if (!sign.isEmpty()) {
      throw JinjaException.value("Sign not allowed with integer format specifier 'c'");
    }
    if (alternate) {
      throw JinjaException.value(
          "Alternate form (#) not allowed with integer format specifier 'c'");
    }
    if (!group.isEmpty()) {
      throw JinjaException.value("Cannot specify '" + group + "' with 'c'.");
    }
    return aligned("", Percent.character(Numbers.clamp(value)), "");
  }

  private String real(double value) {
    if (type != 0 && "eEfFgGn%".indexOf(type) < 0) {
      throw unknown("float");
    }
    if (!group.isEmpty() && type == 'n') {
      throw JinjaException.value("Cannot specify '" + group + "' with 'n'.");
    }
    int places = precision < 0 ? 6 : precision;
    String digits =
        switch (type) {
          case 0 ->
              precision < 0
                  ? PyRepr.real(Math.abs(value))
                  : RealFormat.withoutType(value, precision);
          case '%' -> RealFormat.format(value * 100, 'f', places, alternate) + "%";
          case 'n' -> RealFormat.format(value, 'g', places, alternate);
          default -> RealFormat.format(value, type, places, alternate);
        };
    int whole = 0;
    while (whole < digits.length() && Character.isDigit(digits.charAt(whole))) {
      whole++;
    }
    boolean negative =
        Math.copySign(1, value) < 0 && !Double.isNaN(value) && !(coerced && isZero(digits));
    return grouped(signOf(negative), digits.substring(0, whole), digits.substring(whole), 3);
  }

  /** Whether what stands before an exponent, if there is one, has no other digit than 0. */
  private static boolean isZero(String digits) {
    return digits.matches("[0.]+([^0-9.].*)?");
  }

  private String signOf(boolean negative) {
    return negative ? "-" : sign.equals("-") ? "" : sign;
  }

  /** Digits in groups; zeros that fill the width are digits too. */
  private String grouped(String prefix, String digits, String rest, int size) {
    int count = digits.length();
    if (align == '=' && fill.equals("0") && !group.isEmpty() && count > 0) {
      int room = width - prefix.length() - rest.length();
      while (count + (count - 1) / size < room) {
        count++;
      }
    }
    String all = separated("0".repeat(count - digits.length()) + digits, size);
    return aligned(prefix, all, rest);
  }

  private String separated(String digits, int size) {
    if (group.isEmpty()) {
      return digits;
    }
    StringBuilder out = new StringBuilder(digits);
    for (int i = digits.length() - size; i > 0; i -= size) {
      out.insert(i, group);
    }
    return out.toString();
  }

  private String aligned(String prefix, String digits, String rest) {
    String text = digits + rest;
    long pad = Math.max(0, width - prefix.length() - PyStr.length(text));
    return switch (align) {
      case '<' -> prefix + text + PyStr.repeat(fill, pad);
      case '=' -> prefix + PyStr.repeat(fill, pad) + text;
      case '^' -> PyStr.repeat(fill, pad / 2) + prefix + text + PyStr.repeat(fill, pad - pad / 2);
      default -> PyStr.repeat(fill, pad) + prefix + text;
    };
  }
}
