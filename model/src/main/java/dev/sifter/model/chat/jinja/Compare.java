package dev.sifter.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Equality, order, membership and hashing. */
final class Compare {
  private Compare() {}

  /** {@code a == b}. */
  static boolean equal(Object a, Object b) {
    Undefined.check(a);
    Undefined.check(b);
    if (a == b) {
      return !(a instanceof Double d && d.isNaN());
    }
    if (a == null || b == null) {
      return false;
    }
    if (a instanceof String s && b instanceof String t) {
      Budget.read(s.length() == t.length() ? s.length() : 0);
      return s.equals(t);
    }
    if (Numbers.isNumber(a)) {
      return Numbers.isNumber(b) && equalNumbers(a, b);
    }
    Budget.visit();
    if (Py.isText(a)) {
      return Py.isText(b) && a.toString().equals(b.toString());
    }
    if (a instanceof List<?> x) {
      return b instanceof List<?> y && equalItems(x, y);
    }
    if (a instanceof PyTuple x) {
      return b instanceof PyTuple y && equalItems(x.items(), y.items());
    }
    if (a instanceof Map<?, ?> x) {
      return b instanceof Map<?, ?> y && equalMaps(x, y);
    }
    if (a instanceof PyRange x) {
      return b instanceof PyRange y
          && x.length() == y.length()
          && (x.length() == 0 || x.start() == y.start())
          && (x.length() < 2 || x.step() == y.step());
    }
    if (a instanceof DictView x && b instanceof DictView y && x.part() == y.part()) {
      return x.part() != DictView.Part.VALUES && equalViews(x, y);
    }
    return a instanceof Undefined && b instanceof Undefined;
  }

  private static boolean equalNumbers(Object a, Object b) {
    if (a instanceof Long x && b instanceof Long y) {
      return x.longValue() == y.longValue();
    }
    if (a instanceof Double x && (x.isNaN() || x.isInfinite())) {
      return b instanceof Double y && x.doubleValue() == y;
    }
    if (b instanceof Double y && (y.isNaN() || y.isInfinite())) {
      return false;
    }
    return compareNumbers(a, b) == 0;
  }

  private static int compareNumbers(Object a, Object b) {
    if (!(a instanceof Double) && !(b instanceof Double)) {
      return Numbers.big(a).compareTo(Numbers.big(b));
    }
    return decimal(a).compareTo(decimal(b));
  }

  private static BigDecimal decimal(Object number) {
    return number instanceof Double d ? new BigDecimal(d) : new BigDecimal(Numbers.big(number));
  }

  private static boolean equalItems(List<?> a, List<?> b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      Budget.visit();
      if (a.get(i) != b.get(i) && !equal(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalMaps(Map<?, ?> a, Map<?, ?> b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (Map.Entry<?, ?> entry : a.entrySet()) {
      Budget.visit();
      Object other = Dicts.find(b, entry.getKey());
      if (other == Undefined.MISSING
          || other != entry.getValue() && !equal(entry.getValue(), other)) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalViews(DictView a, DictView b) {
    return a.part() == DictView.Part.ITEMS
        ? equalMaps(a.map(), b.map())
        : a.map().size() == b.map().size()
            && a.map().keySet().stream().allMatch(key -> contains(b.map(), key));
  }

  /** {@code a OP b} for {@code < <= > >=}. */
  static boolean ordered(Object a, Object b, Kind operator) {
    if (a instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (b instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
      if (a instanceof Double || b instanceof Double) {
        return orderedReals(a, b, operator);
      }
      return holds(compareNumbers(a, b), operator);
    }
    if (Py.isText(a) && Py.isText(b)) {
      Budget.read(a);
      return holds(byCodePoints(a.toString(), b.toString()), operator);
    }
    boolean lists = a instanceof List && b instanceof List;
    if (lists || a instanceof PyTuple && b instanceof PyTuple) {
      return orderedItems(Py.sequence(a), Py.sequence(b), operator);
    }
    throw JinjaException.type(
        "'"
            + operator.words
            + "' not supported between instances of '"
            + Py.typeName(a)
            + "' and '"
            + Py.typeName(b)
            + "'");
  }

  private static boolean orderedReals(Object a, Object b, Kind operator) {
    double x = a instanceof Double d ? d : 0;
    double y = b instanceof Double d ? d : 0;
    if (Double.isFinite(x) && Double.isFinite(y)) {
      return holds(compareNumbers(a, b), operator);
    }
    return switch (operator) {
      case LT -> x < y;
      case LTEQ -> x <= y;
      case GT -> x > y;
      default -> x >= y;
    };
  }

  private static boolean orderedItems(List<?> a, List<?> b, Kind operator) {
    int shared = Math.min(a.size(), b.size());
    for (int i = 0; i < shared; i++) {
      Budget.visit();
      if (a.get(i) != b.get(i) && !equal(a.get(i), b.get(i))) {
        return ordered(a.get(i), b.get(i), operator);
      }
    }
    return holds(Integer.compare(a.size(), b.size()), operator);
  }

  private static boolean holds(int order, Kind operator) {
    return switch (operator) {
      case LT -> order < 0;
      case LTEQ -> order <= 0;
      case GT -> order > 0;
      default -> order >= 0;
    };
  }

  /** Order by code points, not by UTF-16 units. */
  static int byCodePoints(String a, String b) {
    int shared = Math.min(a.length(), b.length());
    for (int i = 0; i < shared; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean bothSurrogate = Character.isSurrogate(x) == Character.isSurrogate(y);
        return bothSurrogate ? Character.compare(x, y) : Character.isSurrogate(x) ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** {@code item in container}. */
  static boolean contains(Object container, Object item) {
    if (Py.isText(container)) {
      if (!Py.isText(item)) {
        throw JinjaException.type(
            "'in <string>' requires string as left operand, not " + Py.typeName(item));
      }
      Budget.read(container);
      return container.toString().contains(item.toString());
    }
    if (container instanceof Map<?, ?> map) {
      Budget.visit();
      return Dicts.find(map, item) != Undefined.MISSING;
    }
    if (container instanceof PyRange range && Numbers.isInteger(item)) {
      return !(item instanceof BigInteger) && range.contains(Numbers.toLong(item));
    }
    if (container instanceof DictView view && view.part() == DictView.Part.KEYS) {
      return contains(view.map(), item);
    }
    if (!Py.isIterable(container)) {
      throw JinjaException.type(
          "argument of type '" + Py.typeName(container) + "' is not iterable");
    }
    Iterator<Object> items = Py.iterate(container);
    while (items.hasNext()) {
      Object candidate = items.next();
      if (candidate == item || equal(candidate, item)) {
        return true;
      }
    }
    return false;
  }

  /** Fails for what Python does not let be a key. */
  static void requireHashable(Object value) {
    boolean view = value instanceof DictView v && v.part() != DictView.Part.VALUES;
    if (value instanceof List || value instanceof Map || view) {
      throw JinjaException.type("unhashable type: '" + Py.typeName(value) + "'");
    }
    if (value instanceof PyTuple tuple) {
      for (Object item : tuple.items()) {
        Budget.visit();
        requireHashable(item);
      }
    }
  }

  /** Equal values have equal hashes. */
  static int hash(Object value) {
    if (Numbers.isNumber(value)) {
      return Double.hashCode(
          Numbers.big(value instanceof Double d ? d.longValue() : value).doubleValue());
    }
    if (Py.isText(value)) {
      return value.toString().hashCode();
    }
    Undefined.check(value);
    boolean alike = value instanceof PyRange || value instanceof Undefined;
    return value == null ? 0 : alike ? 1 : value.hashCode();
  }
}
