package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Calls of functions, filters and tests. */
final class Calls {
  private Calls() {}

  /** The arguments of a call as they are written; {@code star} and {@code starStar} may be null. */
  record Arguments(Expr[] positional, String[] names, Expr[] named, Expr star, Expr starStar) {
    static final Arguments NONE = new Arguments(Expr.NONE, new String[0], Expr.NONE, null, null);

    Args eval(Scope scope) {
      if (star == null && starStar == null) {
        return positional.length + names.length == 0
            ? Args.NONE
            : new Args(values(positional, scope), names, values(named, scope));
      }
      List<Object> items = new ArrayList<>(Arrays.asList(values(positional, scope)));
      List<String> keys = new ArrayList<>(List.of(names));
      if (star != null) {
        Object extra = star.eval(scope);
        if (!Py.isIterable(extra)) {
          throw JinjaException.type("Value after * must be an iterable, not " + Py.typeName(extra));
        }
        items.addAll(Py.list(extra));
      }
      List<Object> values = new ArrayList<>(Arrays.asList(values(named, scope)));
      if (starStar != null) {
        Object extra = starStar.eval(scope);
        if (extra instanceof Undefined undefined) {
          throw undefined.error();
        }
        if (!(extra instanceof Map<?, ?> map)) {
          throw JinjaException.type(
              "argument after ** must be a mapping, not " + Py.typeName(extra));
        }
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          Budget.visit();
          if (!Py.isText(entry.getKey())) {
            throw JinjaException.type("keywords must be strings");
          }
          String key = entry.getKey().toString().intern();
          if (List.of(names).contains(key)) {
            throw JinjaException.type("got multiple values for keyword argument '" + key + "'");
          }
          keys.add(key);
          values.add(entry.getValue());
        }
      }
      return new Args(items.toArray(), keys.toArray(new String[0]), values.toArray());
    }

    private static Object[] values(Expr[] items, Scope scope) {
      Object[] values = new Object[items.length];
      for (int i = 0; i < items.length; i++) {
        values[i] = items[i].eval(scope);
      }
      return values;
    }

    List<Expr> expressions() {
      List<Expr> all = new ArrayList<>(Arrays.asList(positional));
      all.addAll(Arrays.asList(named));
      if (star != null) {
        all.add(star);
      }
      if (starStar != null) {
        all.add(starStar);
      }
      return all;
    }
  }

  private static Expr[] with(Expr first, Arguments arguments) {
    List<Expr> all = arguments.expressions();
    if (first != null) {
      all.addFirst(first);
    }
    return all.toArray(Expr.NONE);
  }

  /** {@code function(arguments)}. */
  static final class Call extends Expr {
    private final Expr function;
    private final Arguments arguments;

    Call(Expr function, Arguments arguments) {
      this.function = function;
      this.arguments = arguments;
    }

    @Override
    Object eval(Scope scope) {
      if (scope.run.folding) {
        throw Folding.IMPOSSIBLE;
      }
      return call(scope, null);
    }

    /** Calls with the body of a call block, if any, as the argument {@code caller}. */
    Object call(Scope scope, Macro caller) {
      Object target = function.eval(scope);
      Args args = arguments.eval(scope);
      if (caller != null) {
        int count = args.names().length;
        String[] names = Arrays.copyOf(args.names(), count + 1);
        Object[] named = Arrays.copyOf(args.named(), count + 1);
        names[count] = "caller";
        named[count] = caller;
        args = new Args(args.positional(), names, named);
      }
      if (target instanceof Undefined undefined) {
        throw undefined.error();
      }
      if (!(target instanceof PyCallable callable)) {
        throw JinjaException.type("'" + Py.typeName(target) + "' object is not callable");
      }
      return scope.run.keep(callable.call(scope.run, args));
    }

    @Override
    boolean mayFold() {
      return false;
    }

    @Override
    Expr[] children() {
      return with(function, arguments);
    }
  }

  /** {@code value|name(arguments)}; the value is null for the text of a filter block. */
  static final class Filter extends Expr {
    final String name;
    final int line;
    private final Expr value;
    private final Arguments arguments;

    Filter(Expr value, String name, Arguments arguments, int line) {
      this.value = value;
      this.name = name;
      this.arguments = arguments;
      this.line = line;
    }

    @Override
    Object eval(Scope scope) {
      return apply(value.eval(scope), scope);
    }

    /** Applies the filter to a value, or to the filters inside it where it is a chain. */
    Object apply(Object input, Scope scope) {
      Args args = arguments.eval(scope);
      if (!Filters.exists(name)) {
        throw JinjaException.runtime("No filter named " + PyRepr.repr(name) + " found.");
      }
      if (scope.run.folding && Filters.needsContext(name)) {
        throw Folding.IMPOSSIBLE;
      }
      Object result =
          scope.run.strict && name.equals("tojson")
              ? MarkupFilters.toJson(input, args)
              : Filters.call(name, input, args);
      return scope.run.given(scope.run.keep(result));
    }

    /** Applies a chain of filters whose innermost value is {@code text}. */
    Object applyChain(String text, Scope scope) {
      Object input = value instanceof Filter inner ? inner.applyChain(text, scope) : text;
      return apply(input, scope);
    }

    @Override
    boolean mayFold() {
      return value != null && super.mayFold();
    }

    @Override
    Expr[] children() {
      return with(value, arguments);
    }
  }

  /** {@code value is name(arguments)}. */
  static final class Test extends Expr {
    final String name;
    final int line;
    private final Expr value;
    private final Arguments arguments;

    Test(Expr value, String name, Arguments arguments, int line) {
      this.value = value;
      this.name = name;
      this.arguments = arguments;
      this.line = line;
    }

    @Override
    Object eval(Scope scope) {
      Object subject = value.eval(scope);
      Args args = arguments.eval(scope);
      if (!Tests.exists(name)) {
        throw JinjaException.runtime("No test named " + PyRepr.repr(name) + " found.");
      }
      return Tests.call(name, subject, args);
    }

    @Override
    Expr[] children() {
      return with(value, arguments);
    }
  }
}
