package dev.sifter.model.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * What Python does with any object. None is {@code null}; bool, int, float and str are Boolean,
 * Long or BigInteger, Double and String; list and dict are List and Map.
 */
final class Py {
  private Py() {}

  static String typeName(Object value) {
    return switch (kind(value)) {
      case 0 -> "NoneType";
      case 1 -> "str";
      case 2 -> "dict";
      case 3 -> "list";
      case 4 -> "bool";
      case 5 -> "int";
      case 6 -> "float";
      case 7 -> "Undefined";
      case 8 -> "Markup";
      case 9 -> "tuple";
      case 10 -> "range";
      case 11 -> ((PyIterator) value).typeName();
      case 12 -> ((DictView) value).part().typeName;
      case 13 -> "Namespace";
      case 14 -> "LoopContext";
      case 15 -> ((PyCallable) value).typeName();
      case 17 -> "Cycler";
      default -> "slice";
    };
  }

  private static int kind(Object value) {
    if (value == null) {
      return 0;
    } else if (value instanceof String) {
      return 1;
    } else if (value instanceof Map) {
      return 2;
    } else if (value instanceof List) {
      return 3;
    } else if (value instanceof Boolean) {
      return 4;
    } else if (value instanceof Long || value instanceof BigInteger) {
      return 5;
    } else if (value instanceof Double) {
      return 6;
    } else if (value instanceof Undefined) {
      return 7;
    } else if (value instanceof Markup) {
      return 8;
    } else if (value instanceof PyTuple) {
      return 9;
    } else if (value instanceof PyRange) {
      return 10;
    } else if (value instanceof PyIterator) {
      return 11;
    } else if (value instanceof DictView) {
      return 12;
    } else if (value instanceof Namespace) {
      return 13;
    } else if (value instanceof LoopContext) {
      return 14;
    } else if (value instanceof PyCallable) {
      return 15;
    } else if (value instanceof Cycler) {
      return 17;
    }
    return 16;
  }

  /** How Jinja's messages name an object, such as {@code 'dict object'}. */
  static String objectName(Object value) {
    return switch (kind(value)) {
      case 0 -> "None";
      case 7, 14 -> "jinja2.runtime." + typeName(value) + " object";
      case 8 -> "markupsafe.Markup object";
      case 13, 17 -> "jinja2.utils." + typeName(value) + " object";
      case 15 ->
          value instanceof Macro
              ? "jinja2.runtime.Macro object"
              : (value instanceof Joiner ? "jinja2.utils." : "") + typeName(value) + " object";
      default -> typeName(value) + " object";
    };
  }

  static boolean truth(Object value) {
    return switch (kind(value)) {
      case 0 -> false;
      case 7 -> {
        Undefined.check(value);
        yield false;
      }
      case 1 -> !((String) value).isEmpty();
      case 2 -> !((Map<?, ?>) value).isEmpty();
      case 3 -> !((List<?>) value).isEmpty();
      case 4 -> (Boolean) value;
      case 5 -> !(value instanceof Long) || (Long) value != 0;
      case 6 -> (Double) value != 0;
      case 8 -> !((Markup) value).isEmpty();
      case 9 -> ((PyTuple) value).size() > 0;
      case 10 -> ((PyRange) value).length() > 0;
      case 12 -> !((DictView) value).map().isEmpty();
      default -> true;
    };
  }

  /** {@code len(value)}, or -1 where there is none. */
  static long lengthOrMinusOne(Object value) {
    return switch (kind(value)) {
      case 1, 8 -> PyStr.length(value.toString());
      case 2 -> ((Map<?, ?>) value).size();
      case 3 -> ((List<?>) value).size();
      case 7 -> {
        Undefined.check(value);
        yield 0;
      }
      case 9 -> ((PyTuple) value).size();
      case 10 -> ((PyRange) value).length();
      case 12 -> ((DictView) value).map().size();
      case 14 -> ((LoopContext) value).length();
      default -> -1;
    };
  }

  static long length(Object value) {
    long length = lengthOrMinusOne(value);
    if (length < 0) {
      throw JinjaException.type("object of type '" + typeName(value) + "' has no len()");
    }
    return length;
  }

  static boolean isIterable(Object value) {
    return switch (kind(value)) {
      case 0, 4, 5, 6, 13, 15, 16, 17 -> false;
      default -> true;
    };
  }

  /** An iterator over any iterable; each element that it gives counts as visited. */
  static Iterator<Object> iterate(Object value) {
    return switch (kind(value)) {
      case 1, 8 -> counted(PyStr.iterate(value.toString()));
      case 2 -> counted(((Map<?, ?>) value).keySet().iterator());
      case 3 -> counted(((List<?>) value).iterator());
      case 7 -> {
        Undefined.check(value);
        yield Collections.emptyIterator();
      }
      case 9 -> counted(((PyTuple) value).items().iterator());
      case 10 -> counted(((PyRange) value).iterator());
      case 11 -> (PyIterator) value;
      case 12 -> counted(((DictView) value).iterator());
      case 14 -> ((LoopContext) value).pairs();
      default -> throw JinjaException.type("'" + typeName(value) + "' object is not iterable");
    };
  }

  private static Iterator<Object> counted(Iterator<?> items) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return items.hasNext();
      }

      @Override
      public Object next() {
        Budget.visit();
        return items.next();
      }
    };
  }

  /** {@code list(value)}: a new list. */
  static List<Object> list(Object value) {
    List<Object> out = new ArrayList<>();
    Iterator<Object> items = iterate(value);
    while (items.hasNext()) {
      out.add(items.next());
    }
    return out;
  }

  /** The elements of a list or tuple; null for anything else. */
  static List<?> sequence(Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    return value instanceof PyTuple tuple ? tuple.items() : null;
  }

  static boolean isText(Object value) {
    return value instanceof String || value instanceof Markup;
  }
}
