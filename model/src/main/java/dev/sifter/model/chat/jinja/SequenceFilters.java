package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Filters over sequences that have a result at once; the lazy ones are in {@link LazyFilters}. */
final class SequenceFilters {
  private static final Signature DICTSORT =
      Signature.of("do_dictsort", "value case_sensitive by reverse", false, "key", false);
  private static final Signature MAX =
      Signature.withEnvironment("do_max", "value case_sensitive attribute", false, null);
  private static final Signature MIN =
      Signature.withEnvironment("do_min", "value case_sensitive attribute", false, null);
  private static final Signature JOIN =
      Signature.withEnvironment("sync_do_join", "value d attribute", "", null);
  private static final Signature SORT =
      Signature.withEnvironment(
          "do_sort", "value reverse case_sensitive attribute", false, false, null);
  private static final Signature SUM =
      Signature.withEnvironment("sync_do_sum", "iterable attribute start", null, 0L);
  private static final Signature GROUPBY =
      Signature.withEnvironment(
          "sync_do_groupby", "value attribute default case_sensitive", null, false);

  private SequenceFilters() {}

  static boolean exists(String name) {
    return switch (name) {
      case "dictsort", "first", "groupby", "join", "last", "max", "min", "reverse", "sort", "sum" ->
          true;
      default -> LazyFilters.exists(name);
    };
  }

  static Object call(String name, Object value, Args args) {
    return switch (name) {
      case "dictsort" -> dictSort(value, DICTSORT.bind(value, args));
      case "first" -> first(value, args);
      case "groupby" -> groupBy(value, GROUPBY.bind(value, args));
      case "join" -> join(value, JOIN.bind(value, args));
      case "last" -> last(value, args);
      case "max" -> extreme(Kind.GT, value, MAX.bind(value, args));
      case "min" -> extreme(Kind.LT, value, MIN.bind(value, args));
      case "reverse" -> reverse(value, args);
      case "sort" -> sort(value, SORT.bind(value, args));
      case "sum" -> sum(value, SUM.bind(value, args));
      default -> LazyFilters.call(name, value, args);
    };
  }

  static PyIterator items(Object value) {
    return new PyIterator("generator", null) {
      private Iterator<Object> entries;

      @Override
      Object advance() {
        if (entries == null) {
          if (value instanceof Undefined) {
            return Undefined.MISSING;
          }
          if (!(value instanceof Map<?, ?> map)) {
            throw JinjaException.type("Can only get item pairs from a mapping.");
          }
          entries = new DictView(map, DictView.Part.ITEMS).iterator();
        }
        return entries.hasNext() ? entries.next() : Undefined.MISSING;
      }
    };
  }

  /** Text in lower case, for comparisons that ignore case. */
  static Object ignoreCase(Object value) {
    return Py.isText(value) ? Casing.lower(value.toString()) : value;
  }

  private static Object dictSort(Object value, Object[] args) {
    int position;
    if (Compare.equal(args[2], "key")) {
      position = 0;
    } else if (Compare.equal(args[2], "value")) {
      position = 1;
    } else {
      throw JinjaException.filterArgument("You can only sort by either \"key\" or \"value\"");
    }
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!(value instanceof Map<?, ?> map)) {
      throw JinjaException.attribute(
          "'" + Py.typeName(value) + "' object has no attribute 'items'");
    }
    List<Object> items = Py.list(new DictView(map, DictView.Part.ITEMS));
    List<Object> keys = new ArrayList<>(items.size());
    for (Object item : items) {
      Object key = ((PyTuple) item).items().get(position);
      keys.add(Py.truth(args[1]) ? key : ignoreCase(key));
    }
    return Sorting.sorted(items, keys, args[3]);
  }

  private static Object first(Object value, Args args) {
    Signature.withEnvironment("sync_do_first", "seq").bind(value, args);
    Iterator<Object> items = Py.iterate(value);
    return items.hasNext() ? items.next() : Undefined.hint("No first item, sequence was empty.");
  }

  private static Object last(Object value, Args args) {
    Signature.withEnvironment("do_last", "seq").bind(value, args);
    Iterator<Object> items = reversed(value);
    if (items == null) {
      throw JinjaException.type("'" + Py.typeName(value) + "' object is not reversible");
    }
    return items.hasNext() ? items.next() : Undefined.hint("No last item, sequence was empty.");
  }

  /** {@code reversed(value)}, or null where Python has none. */
  private static Iterator<Object> reversed(Object value) {
    boolean reversible =
        Py.isText(value)
            || Py.sequence(value) != null
            || value instanceof Map
            || value instanceof DictView
            || value instanceof PyRange
            || value instanceof Undefined;
    if (!reversible) {
      return null;
    }
    List<Object> items = Py.list(value);
    if (value instanceof Markup) {
      items.replaceAll(item -> new Markup((String) item));
    }
    return items.reversed().iterator();
  }

  private static Object reverse(Object value, Args args) {
    Signature.of("do_reverse", "value").bind(value, args);
    if (Py.isText(value)) {
      return new Slices(null, null, -1L).of(value);
    }
    Iterator<Object> items = reversed(value);
    if (items != null) {
      String type =
          value instanceof List
              ? "list_reverseiterator"
              : value instanceof Map ? "dict_reversekeyiterator" : "reversed";
      return new PyIterator(type, items);
    }
    if (!Py.isIterable(value)) {
      throw JinjaException.filterArgument("argument must be iterable");
    }
    return Py.list(value).reversed();
  }

  private static Object join(Object value, Object[] args) {
    StringBuilder out = new StringBuilder();
    String separator = PyRepr.str(args[1]);
    AttributeGetter getter = args[2] == null ? null : new AttributeGetter(args[2], null);
    Iterator<Object> items = Py.iterate(value);
    boolean first = true;
    while (items.hasNext()) {
      Object item = items.next();
      out.append(first ? "" : separator);
      out.append(PyRepr.str(getter == null ? item : getter.get(item)));
      first = false;
      Budget.checkSize(out.length());
    }
    return out.toString();
  }

  private static Object key(Object item, AttributeGetter getter, boolean caseSensitive) {
    Object key = getter == null ? item : getter.get(item);
    return caseSensitive ? key : ignoreCase(key);
  }

  private static Object extreme(Kind operator, Object value, Object[] args) {
    Iterator<Object> items = Py.iterate(value);
    if (!items.hasNext()) {
      return Undefined.hint("No aggregated item, sequence was empty.");
    }
    AttributeGetter getter = args[2] == null ? null : new AttributeGetter(args[2], null);
    boolean caseSensitive = Py.truth(args[1]);
    Object best = items.next();
    Object bestKey = key(best, getter, caseSensitive);
    while (items.hasNext()) {
      Object item = items.next();
      Object itemKey = key(item, getter, caseSensitive);
      if (Compare.ordered(itemKey, bestKey, operator)) {
        best = item;
        bestKey = itemKey;
      }
    }
    return best;
  }

  private static Object sort(Object value, Object[] args) {
    List<Object> items = Py.list(value);
    Numbers.index(args[1]);
    return Sorting.sorted(items, sortKeys(items, args[3], Py.truth(args[2])), args[1]);
  }

  private static List<Object> sortKeys(
      List<Object> items, Object attribute, boolean caseSensitive) {
    List<AttributeGetter> getters = new ArrayList<>();
    if (Py.isText(attribute)) {
      for (Object part : PyStr.split(attribute.toString(), ",", -1)) {
        getters.add(new AttributeGetter(part, null));
      }
    } else {
      getters.add(attribute == null ? null : new AttributeGetter(attribute, null));
    }
    List<Object> keys = new ArrayList<>(items.size());
    for (Object item : items) {
      List<Object> parts = new ArrayList<>(getters.size());
      for (AttributeGetter getter : getters) {
        parts.add(key(item, getter, caseSensitive));
      }
      keys.add(parts);
    }
    return keys;
  }

  private static Object sum(Object value, Object[] args) {
    AttributeGetter getter = args[1] == null ? null : new AttributeGetter(args[1], null);
    Object total = args[2];
    if (Py.isText(total)) {
      throw JinjaException.type("sum() can't sum strings [use ''.join(seq) instead]");
    }
    Iterator<Object> items = Py.iterate(value);
    while (items.hasNext()) {
      Object item = items.next();
      total = Arithmetic.binary(Kind.ADD, total, getter == null ? item : getter.get(item));
    }
    return total;
  }

  private static Object groupBy(Object value, Object[] args) {
    AttributeGetter getter = new AttributeGetter(args[1], args[2]);
    boolean caseSensitive = Py.truth(args[3]);
    List<Object> items = Py.list(value);
    List<Object> keys = new ArrayList<>(items.size());
    for (Object item : items) {
      keys.add(key(item, getter, caseSensitive));
    }
    List<Object> groups = new ArrayList<>();
    Object groupKey = Undefined.MISSING;
    List<Object> members = null;
    for (Object item : Sorting.sorted(items, keys, false)) {
      Object key = key(item, getter, caseSensitive);
      if (groupKey == Undefined.MISSING || !Compare.equal(groupKey, key)) {
        members = new ArrayList<>();
        groups.add(new GroupTuple(getter.get(item), members));
        groupKey = key;
      }
      members.add(item);
    }
    return groups;
  }
}
