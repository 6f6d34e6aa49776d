package dev.sifter.model.chat.jinja;

import java.util.List;
import java.util.Map;

/** {@code value.name} and {@code value[key]} under the rules of the immutable sandbox. */
final class Attributes {
  private Attributes() {}

  /** {@code value.name}: Python's attribute first, then the element. */
  static Object attribute(Object value, String name) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    Object found = python(value, name);
    if (found == Undefined.MISSING && value instanceof Map<?, ?> map) {
      found = Dicts.find(map, name);
    }
    return found == Undefined.MISSING ? Undefined.attribute(value, name) : found;
  }

  /** {@code value[key]}: the element first, then Python's attribute. */
  static Object item(Object value, Object key) {
    Object found = element(value, key);
    if (found == Undefined.MISSING && Py.isText(key)) {
      found = python(value, key.toString());
    }
    return found == Undefined.MISSING ? Undefined.attribute(value, key) : found;
  }

  private static Object element(Object value, Object key) {
    if (value instanceof Map<?, ?> map) {
      return key instanceof List
              || key instanceof Map
              || key instanceof Slices
              || key instanceof DictView
          ? Undefined.MISSING
          : Dicts.find(map, key);
    }
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    boolean sequence = Py.isText(value) || Py.sequence(value) != null || value instanceof PyRange;
    if (!sequence) {
      return Undefined.MISSING;
    }
    if (key instanceof Slices slice) {
      return slice.of(value);
    }
    return Numbers.isInteger(key) ? Slices.element(value, key) : Undefined.MISSING;
  }

  /** {@code value[key]} as Python itself takes it, or MISSING where there is no such key. */
  static Object subscript(Object value, Object key) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    boolean map = value instanceof Map;
    if (!map && !Py.isText(value) && Py.sequence(value) == null && !(value instanceof PyRange)) {
      throw JinjaException.type("'" + Py.typeName(value) + "' object is not subscriptable");
    }
    if (!map && !Numbers.isInteger(key)) {
      throw JinjaException.type(
          Py.typeName(value) + " indices must be integers or slices, not " + Py.typeName(key));
    }
    return element(value, key);
  }

  /** The slice as compiled Python code takes it: what cannot be sliced is an error. */
  static Object slice(Object value, Slices slice) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (value instanceof Map || value instanceof Slices) {
      throw JinjaException.type("unhashable type: 'slice'");
    }
    Object found = slice.of(value);
    if (found == Undefined.MISSING) {
      throw JinjaException.type("'" + Py.typeName(value) + "' object is not subscriptable");
    }
    return found;
  }

  /** The attribute that a Python object has, an unsafe Undefined, or MISSING. */
  private static Object python(Object value, String name) {
    if (value instanceof Namespace namespace) {
      return namespace.get(name);
    }
    if (name.startsWith("__") && name.endsWith("__") && isSpecial(name)) {
      return Undefined.unsafe(value, name);
    }
    if (value instanceof Attributed object) {
      Object found = object.attribute(name);
      if (found != Undefined.MISSING) {
        return found;
      }
    }
    if (mutates(value, name)) {
      return Undefined.unsafe(value, name);
    }
    if (Numbers.isNumber(value)) {
      return NumberMethods.attribute(value, name);
    }
    return BoundMethod.exists(value, name) ? new BoundMethod(value, name) : Undefined.MISSING;
  }

  private static boolean mutates(Object value, String name) {
    if (value instanceof List) {
      return switch (name) {
        case "append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove" -> true;
        default -> false;
      };
    }
    return value instanceof Map
        && switch (name) {
          case "clear", "pop", "popitem", "setdefault", "update" -> true;
          default -> false;
        };
  }

  private static boolean isSpecial(String name) {
    return switch (name) {
      case "__class__",
          "__init__",
          "__new__",
          "__doc__",
          "__eq__",
          "__ne__",
          "__hash__",
          "__repr__",
          "__str__",
          "__format__",
          "__reduce__",
          "__reduce_ex__",
          "__getattribute__",
          "__setattr__",
          "__delattr__",
          "__dir__",
          "__sizeof__",
          "__subclasshook__",
          "__init_subclass__",
          "__lt__",
          "__le__",
          "__gt__",
          "__ge__" ->
          true;
      default -> false;
    };
  }
}
