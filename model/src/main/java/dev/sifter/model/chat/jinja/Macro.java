package dev.sifter.model.chat.jinja;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** A macro, or the body of a call block: called, it renders its body in a scope of its own. */
record Macro(Definition definition, Scope closure) implements PyCallable, Attributed {

  /**
   * What the template says; the body of a call block has no name. The flags tell whether the body
   * uses that name.
   */
  record Definition(
      String name,
      String[] parameters,
      Expr[] defaults,
      Block body,
      boolean usesCaller,
      boolean usesVarargs,
      boolean usesKwargs) {}

  String name() {
    return definition.name;
  }

  @Override
  public String typeName() {
    return "Macro";
  }

  @Override
  public Object attribute(String attribute) {
    return switch (attribute) {
      case "name" -> definition.name;
      case "arguments" -> new PyTuple((Object[]) definition.parameters);
      case "caller" -> definition.usesCaller;
      case "catch_varargs" -> definition.usesVarargs;
      case "catch_kwargs" -> definition.usesKwargs;
      default -> Undefined.MISSING;
    };
  }

  @Override
  public Object call(Run run, Args args) {
    Scope scope = closure.inner();
    bind(scope, args);
    int line = run.line;
    if (++run.calls > Budget.MAX_CALLS) {
      throw new JinjaException("RecursionError", "maximum recursion depth exceeded");
    }
    StringBuilder out = new StringBuilder();
    definition.body.exec(scope, out);
    run.calls--;
    run.line = line;
    String text = out.toString();
    run.budget.step();
    run.budget.keep(text.length());
    return text;
  }

  private void bind(Scope scope, Args args) {
    String[] parameters = definition.parameters;
    int positional = Math.min(args.count(), parameters.length);
    for (int i = 0; i < positional; i++) {
      scope.set(parameters[i], args.get(i));
    }
    Map<Object, Object> rest = new LinkedHashMap<>();
    boolean callerGiven = false;
    for (int i = 0; i < args.names().length; i++) {
      String name = args.names()[i];
      int at = Arrays.asList(parameters).indexOf(name);
      if (at >= positional) {
        scope.set(parameters[at], args.named()[i]);
      } else if (name.equals("caller") && definition.usesCaller) {
        scope.set("caller", args.named()[i]);
        callerGiven = true;
      } else {
        rest.put(name, args.named()[i]);
      }
    }
    if (definition.usesCaller && !callerGiven && indexOf("caller") < 0) {
      scope.set("caller", Undefined.hint("No caller defined"));
    }
    excess(scope, args, rest);
    defaults(scope, args, positional);
  }

  private int indexOf(String parameter) {
    return Arrays.asList(definition.parameters).indexOf(parameter);
  }

  private void excess(Scope scope, Args args, Map<Object, Object> rest) {
    int count = definition.parameters.length;
    if (definition.usesKwargs) {
      scope.set("kwargs", rest);
    } else if (!rest.isEmpty()) {
      if (rest.containsKey("caller")) {
        throw JinjaException.type(
            "macro "
                + PyRepr.repr(definition.name)
                + " was invoked with two values for the special"
                + " caller argument. This is most likely a bug.");
      }
      throw JinjaException.type(
          "macro "
              + PyRepr.repr(definition.name)
              + " takes no keyword argument "
              + PyRepr.repr(rest.keySet().iterator().next()));
    }
    if (definition.usesVarargs) {
      Object[] extra =
          args.count() > count
              ? Arrays.copyOfRange(args.positional(), count, args.count())
              : new Object[0];
      scope.set("varargs", new PyTuple(extra));
    } else if (args.count() > count) {
      throw JinjaException.type(
          "macro "
              + PyRepr.repr(definition.name)
              + " takes not more than "
              + count
              + " argument(s)");
    }
  }

  private void defaults(Scope scope, Args args, int positional) {
    int required = definition.parameters.length - definition.defaults.length;
    for (int i = positional; i < definition.parameters.length; i++) {
      String name = definition.parameters[i];
      if (args.named(name) != Undefined.MISSING) {
        continue;
      }
      Object value =
          i < required
              ? Undefined.hint("parameter " + PyRepr.repr(name) + " was not provided")
              : definition.defaults[i - required].eval(scope);
      scope.set(name, value);
    }
  }
}
