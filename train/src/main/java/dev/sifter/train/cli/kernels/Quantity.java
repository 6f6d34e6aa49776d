package dev.sifter.train.cli.kernels;

import java.util.Locale;

/** Numbers of measurements as people read them, the same in every locale. */
final class Quantity {
  private Quantity() {}

  /** A whole number in groups of three digits. */
  static String count(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  /** A number with so many decimals; a dash if it is none. */
  static String decimal(double value, int decimals) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%." + decimals + "f", value)
        : Double.isNaN(value) ? "–" : "∞";
  }

  /** Microseconds. */
  static String micros(double seconds) {
    return String.format(Locale.ROOT, seconds < 1e-4 ? "%.2f" : "%,.1f", seconds * 1e6);
  }
}
