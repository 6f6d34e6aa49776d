package dev.sifter.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Python's integers (long, or big where they do not fit) and floats. */
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

  /** The same where Python's C code takes it, which has no integers of more than 64 bits. */
  static long size(Object value) {
    long size = index(value);
    if (value instanceof BigInteger) {
      throw JinjaException.overflow("Python int too large to convert to C ssize_t");
    }
    return size;
  }

  /** A number's exact value, where it is to become an integer, which some floats cannot. */
  static BigDecimal decimal(Object number) {
    if (!(number instanceof Double d)) {
      return new BigDecimal(big(number));
    }
    if (d.isNaN()) {
      throw JinjaException.value("cannot convert float NaN to integer");
    }
    if (d.isInfinite()) {
      throw JinjaException.overflow("cannot convert float infinity to integer");
    }
    return new BigDecimal(d);
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
}
