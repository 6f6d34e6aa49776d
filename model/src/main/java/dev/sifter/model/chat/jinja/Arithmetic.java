package dev.sifter.model.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The binary operators {@code + - * / // % **} and the unary ones. */
final class Arithmetic {
  private Arithmetic() {}

  static Object binary(Kind operator, Object a, Object b) {
    if (operator == Kind.ADD && a instanceof String s && b instanceof String t) {
      Budget.checkSize((long) s.length() + t.length());
      return s.concat(t);
    }
    if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
      return a instanceof Double || b instanceof Double
          ? reals(operator, Numbers.toDouble(a), Numbers.toDouble(b))
          : integers(operator, a, b);
    }
    if (a instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (operator == Kind.MOD && Py.isText(a)) {
      return Percent.format(a, b);
    }
    if (b instanceof Undefined undefined && !(operator == Kind.MUL && a instanceof Markup)) {
      throw undefined.error();
    }
    Object result =
        switch (operator) {
          case ADD -> add(a, b);
          case MUL -> multiply(a, b);
          default -> Undefined.MISSING;
        };
    if (result == Undefined.MISSING) {
      String symbol = operator == Kind.POW ? "** or pow()" : operator.words;
      throw JinjaException.type(
          "unsupported operand type(s) for "
              + symbol
              + ": '"
              + Py.typeName(a)
              + "' and '"
              + Py.typeName(b)
              + "'");
    }
    return result;
  }

  private static Object add(Object a, Object b) {
    if (Py.isText(a) && Py.isText(b)) {
      boolean markup = a instanceof Markup || b instanceof Markup;
      String left = markup ? Markup.escape(a).text() : a.toString();
      String right = markup ? Markup.escape(b).text() : b.toString();
      Budget.checkSize((long) left.length() + right.length());
      return markup ? new Markup(left.concat(right)) : left.concat(right);
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      List<Object> sum = new ArrayList<>(Budget.checkSize((long) x.size() + y.size()));
      sum.addAll(x);
      sum.addAll(y);
      return sum;
    }
    if (a instanceof PyTuple x && b instanceof PyTuple y) {
      List<Object> sum = new ArrayList<>(x.items());
      sum.addAll(y.items());
      Budget.checkSize(sum.size());
      return new PyTuple(sum.toArray());
    }
    if (a instanceof String || a instanceof List || a instanceof PyTuple) {
      String type = Py.typeName(a);
      throw JinjaException.type(
          "can only concatenate " + type + " (not \"" + Py.typeName(b) + "\") to " + type);
    }
    return Undefined.MISSING;
  }

  private static Object multiply(Object a, Object b) {
    boolean left = isSequence(a);
    if (!left && !isSequence(b)) {
      return Undefined.MISSING;
    }
    Object sequence = left ? a : b;
    Object count = left ? b : a;
    if (!Numbers.isInteger(count) && (a instanceof Markup || b instanceof Markup)) {
      Object other = a instanceof Markup ? b : a;
      throw JinjaException.type(
          "'" + Py.typeName(other) + "' object cannot be interpreted as an integer");
    }
    if (!Numbers.isInteger(count)) {
      throw JinjaException.type(
          "can't multiply sequence by non-int of type '" + Py.typeName(count) + "'");
    }
    if (count instanceof BigInteger) {
      throw JinjaException.overflow("cannot fit 'int' into an index-sized integer");
    }
    long times = Math.clamp(Numbers.clamp(count), 0, Integer.MAX_VALUE);
    if (Py.isText(sequence)) {
      String text = PyStr.repeat(sequence.toString(), times);
      return sequence instanceof Markup ? new Markup(text) : text;
    }
    List<?> items = Py.sequence(sequence);
    List<Object> out = new ArrayList<>(Budget.checkSize(items.size() * times));
    for (long i = 0; i < times && !items.isEmpty(); i++) {
      out.addAll(items);
    }
    return sequence instanceof PyTuple ? new PyTuple(out.toArray()) : out;
  }

  private static boolean isSequence(Object value) {
    return Py.isText(value) || value instanceof List || value instanceof PyTuple;
  }

  private static Object reals(Kind operator, double a, double b) {
    switch (operator) {
      case ADD:
        return a + b;
      case SUB:
        return a - b;
      case MUL:
        return a * b;
      case POW:
        return power(a, b);
      default:
        break;
    }
    if (b == 0) {
      String what =
          switch (operator) {
            case DIV -> "float division by zero";
            case FLOORDIV -> "float floor division by zero";
            default -> "float modulo";
          };
      throw new JinjaException("ZeroDivisionError", what);
    }
    if (operator == Kind.DIV) {
      return a / b;
    }
    // As float_divmod of CPython's floatobject.c.
    double rest = a % b;
    boolean otherSign = rest != 0 && (rest < 0) != (b < 0);
    if (operator == Kind.MOD) {
      return otherSign ? rest + b : rest == 0 ? Math.copySign(0, b) : rest;
    }
    double quotient = (a - rest) / b - (otherSign ? 1 : 0);
    double floor = Math.floor(quotient);
    return quotient == 0 ? Math.copySign(0, a / b) : quotient - floor > 0.5 ? floor + 1 : floor;
  }

  private static Object power(double a, double b) {
    boolean finite = Double.isFinite(a) && Double.isFinite(b);
    if (a == 0 && b < 0 && finite) {
      throw new JinjaException("ZeroDivisionError", "0.0 cannot be raised to a negative power");
    }
    if (a < 0 && b != Math.rint(b) && finite) {
      throw JinjaException.type("complex numbers are not supported");
    }
    if (a == 1 || a == -1 && Double.isInfinite(b)) {
      return 1.0; // where Java's pow is not a number
    }
    double result = Math.pow(a, b);
    if (Double.isInfinite(result) && finite) {
      throw JinjaException.overflow("(34, 'Numerical result out of range')");
    }
    return result;
  }

  private static Object integers(Kind operator, Object a, Object b) {
    if (a instanceof BigInteger || b instanceof BigInteger || operator == Kind.POW) {
      return bigIntegers(operator, Numbers.big(a), Numbers.big(b));
    }
    long x = Numbers.toLong(a);
    long y = Numbers.toLong(b);
    try {
      return switch (operator) {
        case ADD -> Math.addExact(x, y);
        case SUB -> Math.subtractExact(x, y);
        case MUL -> Math.multiplyExact(x, y);
        case DIV -> {
          notZero(y, "division by zero");
          boolean exact = (long) (double) x == x && (long) (double) y == y;
          yield exact ? (Object) ((double) x / y) : quotient(Numbers.big(a), Numbers.big(b));
        }
        case FLOORDIV -> Math.floorDivExact(x, notZero(y, "integer division or modulo by zero"));
        default -> Math.floorMod(x, notZero(y, "integer modulo by zero"));
      };
    } catch (ArithmeticException overflow) {
      return bigIntegers(operator, BigInteger.valueOf(x), BigInteger.valueOf(y));
    }
  }

  private static long notZero(long divisor, String message) {
    if (divisor == 0) {
      throw new JinjaException("ZeroDivisionError", message);
    }
    return divisor;
  }

  private static Object bigIntegers(Kind operator, BigInteger a, BigInteger b) {
    switch (operator) {
      case ADD:
        return Numbers.normalize(a.add(b));
      case SUB:
        return Numbers.normalize(a.subtract(b));
      case MUL:
        return Numbers.normalize(a.multiply(b));
      case POW:
        return power(a, b);
      case DIV:
        notZero(b.signum(), "division by zero");
        return quotient(a, b);
      default:
        break;
    }
    boolean floor = operator == Kind.FLOORDIV;
    notZero(b.signum(), floor ? "integer division or modulo by zero" : "integer modulo by zero");
    BigInteger[] parts = a.divideAndRemainder(b);
    boolean adjust = parts[1].signum() != 0 && parts[1].signum() != b.signum();
    BigInteger quotient = adjust ? parts[0].subtract(BigInteger.ONE) : parts[0];
    BigInteger rest = adjust ? parts[1].add(b) : parts[1];
    return Numbers.normalize(floor ? quotient : rest);
  }

  /** The double nearest to a quotient: 66 bits of it, the last of which stands for all the rest. */
  private static double quotient(BigInteger a, BigInteger b) {
    int shift = b.bitLength() - a.bitLength() + 66;
    BigInteger numerator = a.abs().shiftLeft(Math.max(0, shift));
    BigInteger denominator = b.abs().shiftLeft(Math.max(0, -shift));
    BigInteger[] parts = numerator.divideAndRemainder(denominator);
    BigInteger bits = parts[1].signum() == 0 ? parts[0] : parts[0].setBit(0);
    double quotient = Math.scalb(bits.doubleValue(), -shift);
    if (Double.isInfinite(quotient)) {
      throw JinjaException.overflow("integer division result too large for a float");
    }
    return a.signum() * b.signum() < 0 ? -quotient : quotient;
  }

  private static Object power(BigInteger a, BigInteger b) {
    if (b.signum() < 0) {
      return power(Numbers.toDouble(a), Numbers.toDouble(b));
    }
    long bits = Math.max(1, a.abs().bitLength());
    boolean small = a.abs().compareTo(BigInteger.ONE) <= 0;
    if (b.bitLength() > 31 && !small
        || !small && bits * b.longValue() > 2L * Budget.MAX_INTEGER_BITS) {
      throw JinjaException.overflow("the power is too large; the sandbox refuses it");
    }
    if (small) {
      boolean odd = b.testBit(0);
      return b.signum() == 0 ? 1L : a.signum() == 0 ? 0L : a.signum() < 0 && odd ? -1L : 1L;
    }
    return Numbers.normalize(a.pow(b.intValue()));
  }

  static Object negate(Object value, boolean plus) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (value instanceof Double d) {
      return plus ? d : -d;
    }
    if (!Numbers.isInteger(value)) {
      throw JinjaException.type(
          "bad operand type for unary " + (plus ? "+" : "-") + ": '" + Py.typeName(value) + "'");
    }
    BigInteger big = Numbers.big(value);
    return Numbers.normalize(plus ? big : big.negate());
  }
}
