package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Assignment to names, tuples of names and attributes of namespaces. */
final class Targets {
  private Targets() {}

  /** Fails where a target names an attribute of something that is not a namespace. */
  static void requireNamespaces(Expr target, Scope scope) {
    if (target instanceof Operands.NSRef ref) {
      namespace(ref, scope);
    } else if (target instanceof Operands.Tuple tuple) {
      for (Expr item : tuple.items) {
        requireNamespaces(item, scope);
      }
    }
  }

  private static Namespace namespace(Operands.NSRef ref, Scope scope) {
    Object value = scope.get(ref.name);
    if (!(value instanceof Namespace namespace)) {
      throw JinjaException.runtime("cannot assign attribute on non-namespace object");
    }
    return namespace;
  }

  static void assign(Expr target, Object value, Scope scope) {
    if (target instanceof Operands.Name name) {
      scope.set(name.name, value);
    } else if (target instanceof Operands.NSRef ref) {
      namespace(ref, scope).set(ref.attribute, value);
    } else {
      unpack(((Operands.Tuple) target).items, value, scope);
    }
  }

  private static void unpack(Expr[] targets, Object value, Scope scope) {
    List<Object> values = unpacked(value, targets.length);
    for (int i = 0; i < targets.length; i++) {
      assign(targets[i], values.get(i), scope);
    }
  }

  /** So many elements of an iterable, neither more nor fewer. */
  static List<Object> unpacked(Object value, int count) {
    if (!Py.isIterable(value)) {
      throw JinjaException.type("cannot unpack non-iterable " + Py.typeName(value) + " object");
    }
    Iterator<Object> items = Py.iterate(value);
    List<Object> values = new ArrayList<>(count);
    while (values.size() < count) {
      if (!items.hasNext()) {
        throw JinjaException.value(
            "not enough values to unpack (expected " + count + ", got " + values.size() + ")");
      }
      values.add(items.next());
    }
    if (items.hasNext()) {
      throw JinjaException.value("too many values to unpack (expected " + count + ")");
    }
    return values;
  }
}
