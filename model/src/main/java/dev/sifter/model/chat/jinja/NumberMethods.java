package dev.sifter.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Attributes and methods of int, bool and float. */
final class NumberMethods {
  private NumberMethods() {}

  static Object attribute(Object value, String name) {
    boolean real = value instanceof Double;
    return switch (name) {
      case "real" -> value instanceof Boolean ? (Object) Numbers.toLong(value) : value;
      case "imag" -> real ? (Object) 0.0 : (Object) 0L;
      case "numerator" -> real ? Undefined.MISSING : Numbers.normalize(Numbers.big(value));
      case "denominator" -> real ? Undefined.MISSING : (Object) 1L;
      case "conjugate" -> new BoundMethod(value, name);
      case "is_integer", "hex" -> real ? new BoundMethod(value, name) : Undefined.MISSING;
      case "bit_length", "bit_count" -> real ? Undefined.MISSING : new BoundMethod(value, name);
      case "as_integer_ratio" -> new BoundMethod(value, name);
      default -> Undefined.MISSING;
    };
  }

  static Object call(Object value, String name, Args args) {
    if (args.count() + args.names().length > 0) {
      throw JinjaException.type(
          Py.typeName(value) + "." + name + "() takes no arguments (" + args.count() + " given)");
    }
    return switch (name) {
      case "conjugate" -> attribute(value, "real");
      case "is_integer" -> {
        double d = (Double) value;
        yield Double.isFinite(d) && d == Math.rint(d);
      }
      case "hex" -> hex((Double) value);
      case "bit_length" -> (long) Numbers.big(value).abs().bitLength();
      case "bit_count" -> (long) Numbers.big(value).abs().bitCount();
      default -> ratio(value);
    };
  }

  /** {@code float.hex()}: Java's digits, filled up with zeros, and the exponent's sign. */
  private static String hex(double value) {
    if (!Double.isFinite(value)) {
      return PyRepr.real(value);
    }
    String digits = Double.toHexString(value);
    int exponent = digits.indexOf('p');
    int missing = value == 0 ? 0 : digits.indexOf('.') + 14 - exponent;
    String sign = digits.charAt(exponent + 1) == '-' ? "p" : "p+";
    return digits.substring(0, exponent)
        + "0".repeat(missing)
        + sign
        + digits.substring(exponent + 1);
  }

  private static Object ratio(Object value) {
    if (!(value instanceof Double d)) {
      return new PyTuple(Numbers.normalize(Numbers.big(value)), 1L);
    }
    if (!Double.isFinite(d)) {
      throw d.isNaN()
          ? JinjaException.value("cannot convert NaN to integer ratio")
          : JinjaException.overflow("cannot convert Infinity to integer ratio");
    }
    BigDecimal exact = new BigDecimal(d);
    BigInteger denominator = BigInteger.TEN.pow(Math.max(0, exact.scale()));
    BigInteger numerator = exact.multiply(new BigDecimal(denominator)).toBigIntegerExact();
    BigInteger divisor = numerator.gcd(denominator).max(BigInteger.ONE);
    return new PyTuple(
        Numbers.normalize(numerator.divide(divisor)),
        Numbers.normalize(denominator.divide(divisor)));
  }
}
