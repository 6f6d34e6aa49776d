package dev.sifter.model.chat.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** The magnitude of a double as C's {@code printf} writes it, which Python's formats use. */
final class RealFormat {
  /** More places than any double has digits for. */
  private static final int MAX_PLACES = 1100;

  private RealFormat() {}

  /**
   * Writes a number without its sign.
   *
   * @param type one of {@code eEfFgG}
   * @param alternate whether zeros at the end and a point without places stay
   */
  static String format(double value, char type, int precision, boolean alternate) {
    String text;
    if (!Double.isFinite(value)) {
      text = PyRepr.real(Math.abs(value));
    } else {
      BigDecimal number = new BigDecimal(Math.abs(value));
      text =
          switch (type) {
            case 'e', 'E' -> scientific(number, precision, alternate);
            case 'f', 'F' -> fixed(number, precision, alternate);
            default -> general(number, Math.max(1, precision), Math.max(1, precision), alternate);
          };
    }
    return Character.isUpperCase(type) ? Casing.upper(text) : text;
  }

  /** As {@code g}, but a number without exponent keeps a place: a format without a type. */
  static String withoutType(double value, int precision) {
    if (!Double.isFinite(value)) {
      return PyRepr.real(Math.abs(value));
    }
    int digits = Math.max(1, precision);
    String text = general(new BigDecimal(Math.abs(value)), digits, digits - 1, false);
    return text.indexOf('.') < 0 && text.indexOf('e') < 0 ? text + ".0" : text;
  }

  private static String fixed(BigDecimal number, int places, boolean alternate) {
    int exact = Math.min(places, MAX_PLACES);
    String text = number.setScale(exact, RoundingMode.HALF_EVEN).toPlainString();
    return text + "0".repeat(places - exact) + (alternate && places == 0 ? "." : "");
  }

  private static int exponent(BigDecimal rounded) {
    return rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
  }

  private static String scientific(BigDecimal number, int places, boolean alternate) {
    BigDecimal rounded = number.round(new MathContext(places + 1, RoundingMode.HALF_EVEN));
    String digits = rounded.unscaledValue().toString();
    String all = digits + "0".repeat(Math.max(0, places + 1 - digits.length()));
    int exponent = exponent(rounded);
    return all.charAt(0)
        + (places > 0 || alternate ? "." : "")
        + all.substring(1, places + 1)
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  /**
   * So many digits; with an exponent where the number has more than {@code most} before a point.
   */
  private static String general(BigDecimal number, int digits, int most, boolean alternate) {
    BigDecimal rounded = number.round(new MathContext(digits, RoundingMode.HALF_EVEN));
    int exponent = exponent(rounded);
    boolean plain = exponent >= -4 && exponent < most;
    String text =
        plain
            ? fixed(number, digits - 1 - exponent, alternate)
            : scientific(number, digits - 1, alternate);
    if (alternate || text.indexOf('.') < 0) {
      return text;
    }
    int end = text.indexOf('e') < 0 ? text.length() : text.indexOf('e');
    int kept = end;
    while (text.charAt(kept - 1) == '0') {
      kept--;
    }
    kept -= text.charAt(kept - 1) == '.' ? 1 : 0;
    return text.substring(0, kept) + text.substring(end);
  }
}
