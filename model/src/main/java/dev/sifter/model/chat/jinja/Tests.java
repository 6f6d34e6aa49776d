package dev.sifter.model.chat.jinja;

import java.util.Locale;
import java.util.Map;

/** The tests of {@code is}. */
final class Tests {
  private Tests() {}

  static boolean exists(String name) {
    return switch (name) {
      case "boolean",
          "callable",
          "defined",
          "escaped",
          "even",
          "false",
          "filter",
          "float",
          "integer",
          "iterable",
          "lower",
          "mapping",
          "none",
          "number",
          "odd",
          "sequence",
          "string",
          "test",
          "true",
          "undefined",
          "upper" ->
          true;
      default -> isBinary(name);
    };
  }

  private static boolean isBinary(String name) {
    return switch (name) {
      case "!=",
          "<",
          "<=",
          "==",
          ">",
          ">=",
          "divisibleby",
          "eq",
          "equalto",
          "ge",
          "greaterthan",
          "gt",
          "in",
          "le",
          "lessthan",
          "lt",
          "ne",
          "sameas" ->
          true;
      default -> false;
    };
  }

  static Object call(String name, Object value, Args args) {
    Budget.read(value);
    if (isBinary(name)) {
      return binary(name, value, args);
    }
    if (args.count() + args.names().length > 0) {
      reject(name, args);
    }
    return switch (name) {
      case "boolean" -> value instanceof Boolean;
      case "callable" -> value instanceof PyCallable || value instanceof Undefined;
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "escaped" -> value instanceof Markup;
      case "even" -> Compare.equal(Arithmetic.binary(Kind.MOD, value, 2L), 0L);
      case "odd" -> Compare.equal(Arithmetic.binary(Kind.MOD, value, 2L), 1L);
      case "false" -> Boolean.FALSE.equals(value);
      case "true" -> Boolean.TRUE.equals(value);
      case "filter" -> named(value) && Filters.exists(value.toString());
      case "test" -> named(value) && exists(value.toString());
      case "float" -> value instanceof Double;
      case "integer" -> Numbers.isInteger(value) && !(value instanceof Boolean);
      case "iterable" -> Py.isIterable(value);
      case "lower" -> Casing.isLowerText(PyRepr.str(value));
      case "upper" -> Casing.isUpperText(PyRepr.str(value));
      case "mapping" -> value instanceof Map;
      case "none" -> value == null;
      case "number" -> Numbers.isNumber(value);
      case "sequence" ->
          Py.isText(value)
              || Py.sequence(value) != null
              || value instanceof Map
              || value instanceof PyRange
              || value instanceof Undefined;
      default -> Py.isText(value);
    };
  }

  private static boolean named(Object value) {
    Compare.requireHashable(value);
    return Py.isText(value);
  }

  private static void reject(String name, Args args) {
    String function =
        switch (name) {
          case "callable" -> "callable";
          case "filter", "test" -> "test_" + name;
          default -> "test_" + name;
        };
    if (name.equals("callable")) {
      throw JinjaException.type(
          function + "() takes exactly one argument (" + (args.count() + 1) + " given)");
    }
    Signature.of(function, "value").bind(null, args);
  }

  private static Object binary(String name, Object value, Args args) {
    if (name.equals("divisibleby") || name.equals("sameas") || name.equals("in")) {
      String[] names = {
        "value", name.equals("sameas") ? "other" : name.equals("in") ? "seq" : "num"
      };
      Object other = new Signature("test_" + name, 0, names).bind(value, args)[1];
      return switch (name) {
        case "in" -> Compare.contains(other, value);
        case "sameas" -> same(value, other);
        default -> Compare.equal(Arithmetic.binary(Kind.MOD, value, other), 0L);
      };
    }
    Operators.Comparison.Op operator =
        switch (name) {
          case "eq", "equalto", "==" -> Operators.Comparison.Op.EQ;
          case "ne", "!=" -> Operators.Comparison.Op.NE;
          case "gt", "greaterthan", ">" -> Operators.Comparison.Op.GT;
          case "ge", ">=" -> Operators.Comparison.Op.GTEQ;
          case "lt", "lessthan", "<" -> Operators.Comparison.Op.LT;
          default -> Operators.Comparison.Op.LTEQ;
        };
    if (args.hasNames() || args.count() != 1) {
      String function = operator.name().toLowerCase(Locale.ROOT);
      function = function.replace("lteq", "le").replace("gteq", "ge");
      throw JinjaException.type(
          args.hasNames()
              ? "_operator." + function + "() takes no keyword arguments"
              : function + " expected 2 arguments, got " + (args.count() + 1));
    }
    return operator.holds(value, args.get(0));
  }

  /** {@code is}: one object, where small integers, text constants and None are single objects. */
  private static boolean same(Object a, Object b) {
    if (a == b) {
      return true;
    }
    if (a instanceof Long x && b instanceof Long y) {
      return x.longValue() == y.longValue() && x >= -5 && x <= 256;
    }
    return a instanceof Boolean && a.equals(b)
        || a instanceof String s && b instanceof String t && s.equals(t);
  }
}
