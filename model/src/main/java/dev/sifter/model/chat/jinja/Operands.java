package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Expressions that make or find values: literals, names, displays, subscripts. */
final class Operands {
  private Operands() {}

  /** A constant. */
  static final class Const extends Expr {
    final Object value;

    Const(Object value) {
      this.value = value;
    }

    @Override
    Object eval(Scope scope) {
      return value;
    }

    @Override
    Expr[] children() {
      return NONE;
    }
  }

  /** A variable. */
  static final class Name extends Expr {
    final String name;

    Name(String name) {
      this.name = name;
    }

    @Override
    Object eval(Scope scope) {
      Object value = scope.get(name);
      if (value != Undefined.MISSING) {
        return value;
      }
      if (scope.run.folding) {
        throw Folding.IMPOSSIBLE;
      }
      value = Globals.find(name);
      return value == Undefined.MISSING ? scope.run.given(Undefined.variable(name)) : value;
    }

    @Override
    boolean mayFold() {
      return false;
    }

    @Override
    Expr[] children() {
      return NONE;
    }
  }

  /** {@code namespace.attribute} as the target of an assignment. */
  static final class NSRef extends Expr {
    final String name;
    final String attribute;

    NSRef(String name, String attribute) {
      this.name = name;
      this.attribute = attribute;
    }

    @Override
    Object eval(Scope scope) {
      return Attributes.attribute(new Name(name).eval(scope), attribute);
    }

    @Override
    boolean mayFold() {
      return false;
    }

    @Override
    Expr[] children() {
      return NONE;
    }
  }

  private static Object[] evalAll(Expr[] items, Scope scope) {
    Object[] values = new Object[items.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = items[i].eval(scope);
    }
    return values;
  }

  /** {@code (a, b)}. */
  static final class Tuple extends Expr {
    final Expr[] items;

    Tuple(List<Expr> items) {
      this.items = items.toArray(Expr.NONE);
    }

    @Override
    Object eval(Scope scope) {
      return new PyTuple(evalAll(items, scope));
    }

    @Override
    Expr[] children() {
      return items;
    }
  }

  /** {@code [a, b]}: a new list each time. */
  static final class ListDisplay extends Expr {
    private final Expr[] items;

    ListDisplay(List<Expr> items) {
      this.items = items.toArray(Expr.NONE);
    }

    @Override
    Object eval(Scope scope) {
      List<Object> list = new ArrayList<>(items.length);
      for (Expr item : items) {
        list.add(item.eval(scope));
      }
      return list;
    }

    @Override
    Expr[] children() {
      return items;
    }

    @Override
    String kind() {
      return "list";
    }
  }

  /** {@code {key: value}}; keys and values alternate. */
  static final class DictDisplay extends Expr {
    private final Expr[] items;

    DictDisplay(List<Expr> items) {
      this.items = items.toArray(Expr.NONE);
    }

    @Override
    Object eval(Scope scope) {
      Map<Object, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < items.length; i += 2) {
        Object key = items[i].eval(scope);
        Object value = items[i + 1].eval(scope);
        Dicts.put(map, key, value);
      }
      return map;
    }

    @Override
    Expr[] children() {
      return items;
    }

    @Override
    String kind() {
      return "dict";
    }
  }

  /** {@code value.name}. */
  static final class Getattr extends Expr {
    private final Expr value;
    private final String name;

    Getattr(Expr value, String name) {
      this.value = value;
      this.name = name;
    }

    @Override
    Object eval(Scope scope) {
      return scope.run.given(Attributes.attribute(value.eval(scope), name));
    }

    @Override
    Expr[] children() {
      return new Expr[] {value};
    }
  }

  /** {@code value[key]}. */
  static final class Getitem extends Expr {
    private final Expr value;
    private final Expr key;

    Getitem(Expr value, Expr key) {
      this.value = value;
      this.key = key;
    }

    @Override
    Object eval(Scope scope) {
      Object target = value.eval(scope);
      Object argument = key.eval(scope);
      if (argument instanceof Slices slice && key instanceof Slice) {
        return scope.run.keep(
            scope.run.folding ? folded(target, slice) : Attributes.slice(target, slice));
      }
      return scope.run.given(Attributes.item(target, argument));
    }

    /** While folding, Jinja asks for the element, and what cannot be sliced is undefined. */
    private static Object folded(Object target, Slices slice) {
      try {
        return Attributes.item(target, slice);
      } catch (JinjaException error) {
        if (error.errorType().equals("TypeError")) {
          return Undefined.attribute(target, slice);
        }
        throw error;
      }
    }

    @Override
    Expr[] children() {
      return new Expr[] {value, key};
    }
  }

  /** {@code start:stop:step} inside a subscript; each part may be null. */
  static final class Slice extends Expr {
    private final Expr start;
    private final Expr stop;
    private final Expr step;

    Slice(Expr start, Expr stop, Expr step) {
      this.start = start;
      this.stop = stop;
      this.step = step;
    }

    @Override
    Object eval(Scope scope) {
      return new Slices(part(start, scope), part(stop, scope), part(step, scope));
    }

    private static Object part(Expr part, Scope scope) {
      return part == null ? null : part.eval(scope);
    }

    @Override
    Expr[] children() {
      List<Expr> parts = new ArrayList<>(3);
      for (Expr part : new Expr[] {start, stop, step}) {
        if (part != null) {
          parts.add(part);
        }
      }
      return parts.toArray(Expr.NONE);
    }
  }
}
