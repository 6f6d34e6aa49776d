package dev.sifter.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;

/** The filters by name; those on sequences and on text have classes of their own. */
final class Filters {
  private static final Signature DEFAULT =
      Signature.of("do_default", "value default_value boolean", "", false);
  private static final Signature TOJSON =
      Signature.of(
          "tojson", "x ensure_ascii indent separators sort_keys", false, null, null, false);
  private static final Signature INT = Signature.of("do_int", "value default base", 0L, 10L);
  private static final Signature FLOAT = Signature.of("do_float", "value default", 0.0);
  private static final Signature ROUND =
      Signature.of("do_round", "value precision method", 0L, "common");
  private static final Signature ATTR = Signature.withEnvironment("do_attr", "obj name");

  private Filters() {}

  static boolean exists(String name) {
    return switch (name) {
      case "abs",
          "attr",
          "count",
          "d",
          "default",
          "escape",
          "e",
          "float",
          "forceescape",
          "int",
          "items",
          "length",
          "list",
          "round",
          "safe",
          "string",
          "tojson" ->
          true;
      default -> SequenceFilters.exists(name) || TextFilters.exists(name);
    };
  }

  /** Whether a filter needs the rendering, so that it is never folded. */
  static boolean needsContext(String name) {
    return switch (name) {
      case "map", "select", "reject", "selectattr", "rejectattr" -> true;
      default -> false;
    };
  }

  static Object call(String name, Object value, Args args) {
    switch (name) {
      case "abs":
        plain("abs", args);
        return abs(value);
      case "attr":
        return attr(value, ATTR.bind(value, args)[1]);
      case "d", "default":
        Object[] a = DEFAULT.bind(value, args);
        return value instanceof Undefined || Py.truth(a[2]) && !Py.truth(value) ? a[1] : value;
      case "escape", "e":
        plain("escape", args);
        return Markup.escape(value);
      case "forceescape":
        only("do_forceescape", args);
        return Markup.escape(PyRepr.str(value));
      case "float":
        return real(value, FLOAT.bind(value, args)[1]);
      case "int":
        return integer(value, INT.bind(value, args));
      case "items":
        only("do_items", args);
        return SequenceFilters.items(value);
      case "length", "count":
        plain("len", args);
        return Py.length(value);
      case "list":
        only("do_list", args);
        return Py.list(value);
      case "round":
        return round(value, ROUND.bind(value, args));
      case "safe":
        only("do_mark_safe", args);
        return value instanceof Markup ? value : new Markup(PyRepr.str(value));
      case "string":
        only("soft_str", args);
        return Py.isText(value) ? value : PyRepr.str(value);
      case "tojson":
        Object[] t = TOJSON.bind(value, args);
        return PyJson.dumps(value, t[1], t[2], t[3], t[4]);
      default:
        return SequenceFilters.exists(name)
            ? SequenceFilters.call(name, value, args)
            : TextFilters.call(name, value, args);
    }
  }

  private static void plain(String function, Args args) {
    if (args.hasNames()) {
      throw JinjaException.type(function + "() takes no keyword arguments");
    }
    if (args.count() > 0) {
      throw JinjaException.type(
          function + "() takes exactly one argument (" + (args.count() + 1) + " given)");
    }
  }

  private static void only(String function, Args args) {
    if (args.count() + args.names().length > 0) {
      Signature.of(function, "value").bind(null, args);
    }
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

  private static Object attr(Object value, Object name) {
    if (!Py.isText(name)) {
      throw JinjaException.type("attribute name must be string, not '" + Py.typeName(name) + "'");
    }
    if (value instanceof Map) {
      return BoundMethod.exists(value, name.toString()) || name.toString().startsWith("__")
          ? Attributes.attribute(value, name.toString())
          : Undefined.attribute(value, name);
    }
    return Attributes.attribute(value, name.toString());
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
    String digits = PyStr.strip(text, null, true, true);
    String sign = digits.startsWith("-") || digits.startsWith("+") ? digits.substring(0, 1) : "";
    String body = digits.substring(sign.length());
    String word = Casing.lower(body);
    if (word.equals("inf") || word.equals("infinity")) {
      return sign.equals("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    if (word.equals("nan")) {
      return Double.NaN;
    }
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
    Double real = value instanceof Double d ? d : null;
    if (Py.isText(value)) {
      real = parseReal(value.toString());
    }
    return real == null || !Double.isFinite(real)
        ? args[1]
        : Numbers.normalize(new BigDecimal(real).toBigInteger());
  }

  private static Object parseInteger(String text, Object base) {
    if (!Numbers.isInteger(base)) {
      return null;
    }
    int radix = (int) Numbers.clamp(base);
    String digits = PyStr.strip(text, null, true, true);
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
      body = body.substring(2);
      radix = known;
    }
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
      Object whole = Numbers.normalize(decimal(scaled).setScale(0, mode).toBigInteger());
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
    BigDecimal rounded = decimal(value).setScale(precision, RoundingMode.HALF_EVEN);
    return value instanceof Double d
        ? (Object) Math.copySign(rounded.doubleValue(), d)
        : Numbers.normalize(rounded.toBigInteger());
  }

  private static BigDecimal decimal(Object number) {
    if (number instanceof Double d && !Double.isFinite(d)) {
      throw JinjaException.overflow("cannot convert float infinity to integer");
    }
    return number instanceof Double d ? new BigDecimal(d) : new BigDecimal(Numbers.big(number));
  }
}
