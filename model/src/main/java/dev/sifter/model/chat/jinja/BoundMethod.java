package dev.sifter.model.chat.jinja;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A method of a value, such as {@code message.get}. */
record BoundMethod(Object target, String name) implements PyCallable {

  static boolean exists(Object target, String name) {
    if (Py.isText(target)) {
      return StrMethods.exists(name) || target instanceof Markup && Markup.hasMethod(name);
    }
    if (target instanceof Map) {
      return switch (name) {
        case "get", "items", "keys", "values", "copy", "fromkeys" -> true;
        default -> false;
      };
    }
    if (target instanceof List) {
      return name.equals("index") || name.equals("count") || name.equals("copy");
    }
    if (target instanceof DictView view) {
      return name.equals("isdisjoint") && view.part() != DictView.Part.VALUES;
    }
    return (target instanceof PyTuple || target instanceof PyRange)
        && (name.equals("index") || name.equals("count"));
  }

  @Override
  public String typeName() {
    boolean wrapped = Py.isText(target) && (name.equals("format") || name.equals("format_map"));
    return wrapped ? "function" : "builtin_function_or_method";
  }

  @Override
  public Object call(Run run, Args args) {
    Budget.read(target);
    if (target instanceof Markup markup && Markup.hasMethod(name)) {
      return markup.call(name, args);
    }
    if (Py.isText(target)) {
      return StrMethods.call(target, name, args);
    }
    if (Numbers.isNumber(target)) {
      return NumberMethods.call(target, name, args);
    }
    args.noNames(owner(), name);
    if (target instanceof DictView view) {
      expect(args, 1);
      return isDisjoint(view, args.get(0));
    }
    return target instanceof Map<?, ?> map ? ofDict(map, args) : ofSequence(args);
  }

  private static boolean isDisjoint(DictView view, Object other) {
    Iterator<Object> items = Py.iterate(other);
    while (items.hasNext()) {
      if (Compare.contains(view, items.next())) {
        return false;
      }
    }
    return true;
  }

  private String owner() {
    return Py.typeName(target);
  }

  private void expect(Args args, int count) {
    if (args.count() != count) {
      String takes = count == 0 ? "takes no arguments" : "takes exactly one argument";
      throw JinjaException.type(
          owner() + "." + name + "() " + takes + " (" + args.count() + " given)");
    }
  }

  private Object ofDict(Map<?, ?> map, Args args) {
    switch (name) {
      case "get":
        if (args.count() < 1) {
          throw JinjaException.type("get expected at least 1 argument, got 0");
        }
        if (args.count() > 2) {
          throw JinjaException.type("get expected at most 2 arguments, got " + args.count());
        }
        Object found = Dicts.find(map, args.get(0));
        return found != Undefined.MISSING ? found : args.count() == 2 ? args.get(1) : null;
      case "fromkeys":
        Map<Object, Object> out = new LinkedHashMap<>();
        for (Object key : Py.list(args.count() > 0 ? args.get(0) : null)) {
          Dicts.put(out, key, args.count() > 1 ? args.get(1) : null);
        }
        return out;
      default:
        expect(args, 0);
    }
    return switch (name) {
      case "items" -> new DictView(map, DictView.Part.ITEMS);
      case "keys" -> new DictView(map, DictView.Part.KEYS);
      case "values" -> new DictView(map, DictView.Part.VALUES);
      default -> Dicts.copy(map);
    };
  }

  private Object ofSequence(Args args) {
    if (name.equals("copy")) {
      expect(args, 0);
      return Py.list(target);
    }
    if (name.equals("count")) {
      expect(args, 1);
      long count = 0;
      for (Object item : Py.list(target)) {
        count += item == args.get(0) || Compare.equal(item, args.get(0)) ? 1 : 0;
      }
      return count;
    }
    return index(args);
  }

  private Object index(Args args) {
    if (args.count() < 1) {
      throw JinjaException.type("index expected at least 1 argument, got 0");
    }
    List<Object> items = Py.list(target);
    Slices window =
        new Slices(
            args.count() > 1 ? args.get(1) : null, args.count() > 2 ? args.get(2) : null, null);
    int from = items.size() - ((List<?>) new Slices(window.start(), null, null).of(items)).size();
    int to = from + ((List<?>) window.of(items)).size();
    for (int i = from; i < to; i++) {
      if (items.get(i) == args.get(0) || Compare.equal(items.get(i), args.get(0))) {
        return (long) i;
      }
    }
    String value = PyRepr.repr(args.get(0));
    throw JinjaException.value(
        target instanceof PyTuple
            ? "tuple.index(x): x not in tuple"
            : target instanceof PyRange ? value + " is not in range" : value + " is not in list");
  }
}
