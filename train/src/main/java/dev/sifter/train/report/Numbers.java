package dev.sifter.train.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Numbers as people read them, the same in every locale. Elsewhere in this package integers are
 * formatted by %s, since %d writes the digits of the locale.
 */
public final class Numbers {
  private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  private static final String[] DECIMAL = {"", "k", "M", "G", "T", "P", "E"};
  private static final double SCIENTIFIC_BELOW = 1e-3;
  private static final double SUFFIX_FROM = 1e4;

  private Numbers() {}

  /** {@code value} with so many decimals; "not finite" is written NaN or ∞. */
  static String fixed(double value, int decimals) {
    if (!Double.isFinite(value)) {
      return notFinite(value);
    }
    return new BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
  }

  /** {@link #fixed} with its sign, + included. */
  static String signed(double value, int decimals) {
    String text = fixed(value, decimals);
    return value > 0 ? "+" + text : text.replace('-', '−');
  }

  /**
   * Up to {@code digits} significant digits without trailing zeros: 0.25, 1234, 1.5e-5, 2e9.
   * Scientific below 10⁻³ and from 10⁶.
   */
  public static String significant(double value, int digits) {
    if (!Double.isFinite(value)) {
      return notFinite(value);
    }
    if (value == 0) {
      return "0";
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits)).stripTrailingZeros();
    double size = rounded.abs().doubleValue();
    if (size >= SCIENTIFIC_BELOW && size < 1e6) {
      return rounded.toPlainString();
    }
    int exponent = rounded.precision() - rounded.scale() - 1;
    BigDecimal mantissa = rounded.scaleByPowerOfTen(-exponent).stripTrailingZeros();
    return mantissa.toPlainString() + "e" + exponent;
  }

  /** A count or rate in at most four characters and a suffix: 999, 1.23k, 45.6M. */
  static String si(double value) {
    if (!Double.isFinite(value)) {
      return notFinite(value);
    }
    int suffix = 0;
    double scaled = value;
    while (Math.abs(scaled) >= 999.5 && suffix < DECIMAL.length - 1) {
      scaled /= 1000;
      suffix++;
    }
    return significant(scaled, 3) + DECIMAL[suffix];
  }

  /** Whole numbers with thin groups of three: 1 234 567. */
  static String grouped(long value) {
    return String.format(Locale.ROOT, "%,d", value).replace(',', '\u202f');
  }

  /** Bytes in binary units: 512 B, 1.50 GiB. */
  static String bytes(long bytes) {
    int unit = binaryUnit(bytes);
    return unit == 0
        ? bytes + " B"
        : significant(bytes / Math.pow(1024, unit), 3) + " " + BINARY[unit];
  }

  /**
   * The power of 1024 whose unit writes {@code bytes} with at most four digits before the point.
   */
  static int binaryUnit(double bytes) {
    int unit = 0;
    double scaled = Math.abs(bytes);
    while (scaled >= 1024 && unit < BINARY.length - 1) {
      scaled /= 1024;
      unit++;
    }
    return unit;
  }

  /** The name of 1024ᵘⁿⁱᵗ bytes. */
  static String binaryUnitName(int unit) {
    return BINARY[unit];
  }

  /** A time span in its two largest units: 12.3 s, 4 min 05 s, 2 h 07 min, 3 d 04 h. */
  static String duration(double seconds) {
    if (!Double.isFinite(seconds) || seconds < 0) {
      return "?";
    }
    if (seconds < 59.95) {
      return fixed(seconds, seconds < 9.95 ? 2 : 1) + " s";
    }
    long whole = Math.round(seconds);
    if (whole < 3600) {
      return String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
    }
    long minutes = Math.round(seconds / 60);
    return minutes < 24 * 60
        ? String.format(Locale.ROOT, "%d h %02d min", minutes / 60, minutes % 60)
        : String.format(Locale.ROOT, "%d d %02d h", minutes / 1440, minutes % 1440 / 60);
  }

  /** A share of one in percent with one decimal. */
  static String percent(double share) {
    return fixed(100 * share, 1) + " %";
  }

  /**
   * The label of an axis tick: with suffix k or M where the axis is long, scientific where it is
   * short, else with the decimals of {@code step}.
   */
  static String tick(double value, double step, double largest) {
    if (value == 0) {
      return "0";
    }
    if (largest >= SUFFIX_FROM) {
      int thousands = (int) Math.floor(Math.log10(largest) / 3);
      int suffix = Math.min(thousands, DECIMAL.length - 1);
      return significant(value / Math.pow(1000, suffix), 6) + DECIMAL[suffix];
    }
    if (step < SCIENTIFIC_BELOW && largest < 10 * SCIENTIFIC_BELOW) {
      int exponent = (int) Math.floor(Math.log10(largest) + 1e-9);
      double power = Math.pow(10, exponent);
      return fixed(value / power, decimals(step / power)) + "e" + exponent;
    }
    return fixed(value, decimals(step));
  }

  /** Decimals that tell multiples of {@code step} apart; step is 1, 2 or 5 times a power of 10. */
  static int decimals(double step) {
    return Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9));
  }

  private static String notFinite(double value) {
    return Double.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  }
}
