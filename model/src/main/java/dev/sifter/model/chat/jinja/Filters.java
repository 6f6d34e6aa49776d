package dev.sifter.model.chat.jinja;

import java.util.Map;

/** The filters by name; those on numbers, sequences, text and HTML have classes of their own. */
final class Filters {
  private static final Signature DEFAULT =
      Signature.of("do_default", "value default_value boolean", "", false);
  private static final Signature TOJSON =
      Signature.of(
          "tojson", "x ensure_ascii indent separators sort_keys", false, null, null, false);
  private static final Signature ATTR = Signature.withEnvironment("do_attr", "obj name");

  private Filters() {}

  static boolean exists(String name) {
    return switch (name) {
      case "attr",
          "count",
          "d",
          "default",
          "items",
          "length",
          "list",
          "pprint",
          "random",
          "string",
          "tojson" ->
          true;
      default ->
          NumberFilters.exists(name)
              || SequenceFilters.exists(name)
              || MarkupFilters.exists(name)
              || TextFilters.exists(name);
    };
  }

  /** Whether a filter needs the rendering, so that it is never folded. */
  static boolean needsContext(String name) {
    return switch (name) {
      case "map", "select", "reject", "selectattr", "rejectattr" -> true;
      default -> false;
    };
  }

  static Object call(String name, Object value, Args args) {
    Budget.read(value);
    switch (name) {
      case "attr":
        return attr(value, ATTR.bind(value, args)[1]);
      case "d", "default":
        Object[] a = DEFAULT.bind(value, args);
        return value instanceof Undefined || Py.truth(a[2]) && !Py.truth(value) ? a[1] : value;
      case "items":
        only("do_items", args);
        return SequenceFilters.items(value);
      case "length", "count":
        plain("len", args);
        return Py.length(value);
      case "list":
        only("sync_do_list", args);
        return Py.list(value);
      case "pprint":
        only("do_pprint", args);
        return PrettyPrint.format(value);
      case "random":
        throw JinjaException.unsupported("the filter random", "a prompt is the same every time");
      case "string":
        only("soft_str", args);
        return Py.isText(value) ? value : PyRepr.str(value);
      case "tojson":
        Object[] t = TOJSON.bind(value, args);
        return PyJson.dumps(value, t[1], t[2], t[3], t[4]);
      default:
        return typed(name, value, args);
    }
  }

  private static Object typed(String name, Object value, Args args) {
    if (NumberFilters.exists(name)) {
      return NumberFilters.call(name, value, args);
    }
    if (SequenceFilters.exists(name)) {
      return SequenceFilters.call(name, value, args);
    }
    return MarkupFilters.exists(name)
        ? MarkupFilters.call(name, value, args)
        : TextFilters.call(name, value, args);
  }

  /** Fails where a filter that is a function written in C gets arguments. */
  static void plain(String function, Args args) {
    args.noNames(function);
    if (args.count() > 0) {
      throw JinjaException.type(
          function + "() takes exactly one argument (" + (args.count() + 1) + " given)");
    }
  }

  /** Fails where a filter that takes its value alone gets arguments. */
  static void only(String function, Args args) {
    if (args.count() + args.names().length > 0) {
      Signature.of(function, "value").bind(null, args);
    }
  }

  private static Object attr(Object value, Object name) {
    if (!Py.isText(name)) {
      throw JinjaException.type("attribute name must be string, not '" + Py.typeName(name) + "'");
    }
    if (value instanceof Map) {
      return BoundMethod.exists(value, name.toString()) || name.toString().startsWith("__")
          ? Attributes.attribute(value, name.toString())
          : Undefined.attribute(value, name);
    }
    return Attributes.attribute(value, name.toString());
  }
}
