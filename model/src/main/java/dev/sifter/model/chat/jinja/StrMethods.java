package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The methods of str and Markup. */
final class StrMethods {
  private StrMethods() {}

  static boolean exists(String name) {
    return switch (name) {
      case "capitalize",
          "casefold",
          "center",
          "count",
          "endswith",
          "expandtabs",
          "find",
          "format",
          "index",
          "isalnum",
          "isalpha",
          "isascii",
          "isdecimal",
          "isdigit",
          "isidentifier",
          "islower",
          "isnumeric",
          "isprintable",
          "isspace",
          "istitle",
          "isupper",
          "join",
          "ljust",
          "lower",
          "lstrip",
          "partition",
          "removeprefix",
          "removesuffix",
          "replace",
          "rfind",
          "rindex",
          "rjust",
          "rpartition",
          "rsplit",
          "rstrip",
          "split",
          "splitlines",
          "startswith",
          "strip",
          "swapcase",
          "title",
          "upper",
          "zfill",
          "encode",
          "format_map",
          "maketrans",
          "translate" ->
          true;
      default -> false;
    };
  }

  /** Calls a method; methods of Markup give Markup and escape what they take in. */
  static Object call(Object target, String name, Args args) {
    Args given = target instanceof Markup ? escaped(name, args) : args;
    Object result = call(target.toString(), name, given, target instanceof Markup);
    if (!(target instanceof Markup)) {
      return result;
    }
    if (result instanceof String text) {
      return new Markup(text);
    }
    List<?> items = Py.sequence(result);
    if (items == null) {
      return result;
    }
    List<Object> marked = new ArrayList<>(items.size());
    for (Object item : items) {
      marked.add(new Markup((String) item));
    }
    return result instanceof PyTuple ? new PyTuple(marked.toArray()) : marked;
  }

  /** The arguments as Markup's methods take them: what comes into the text is escaped. */
  private static Args escaped(String name, Args args) {
    Object[] values = args.positional().clone();
    if (name.equals("join") && values.length > 0 && Py.isIterable(values[0])) {
      List<Object> items = Py.list(values[0]);
      items.replaceAll(item -> Markup.escape(item).text());
      values[0] = items;
    }
    boolean takesText =
        switch (name) {
          case "replace", "center", "ljust", "rjust" -> values.length > 1;
          default -> false;
        };
    if (takesText) {
      values[1] = Markup.escape(values[1]).text();
    }
    return new Args(values, args.names(), args.named());
  }

  private static Object call(String text, String name, Args args, boolean markup) {
    return switch (name) {
      case "strip", "lstrip", "rstrip" -> strip(text, name, args);
      case "split", "rsplit" -> split(text, name, args);
      case "splitlines" -> lines(text, args);
      case "join" -> join(text, args);
      case "replace" -> replace(text, args);
      case "startswith", "endswith" -> affix(text, name, args);
      case "removeprefix", "removesuffix", "partition", "rpartition" -> oneText(text, name, args);
      case "find", "rfind", "index", "rindex", "count" -> StrSearch.call(text, name, args);
      case "zfill" -> StrPadding.fillZeros(text, args);
      case "center", "ljust", "rjust" -> StrPadding.call(text, name, args);
      case "expandtabs" -> StrPadding.expandTabs(text, args);
      case "format" -> StrFormat.format(text, args, markup);
      case "format_map" -> StrFormat.formatMap(text, args, markup);
      case "maketrans" -> StrTranslation.table(args);
      case "translate" -> StrTranslation.translate(text, args);
      case "encode" -> throw JinjaException.unsupported("str.encode()", "they have no bytes");
      default -> noArguments(text, name, args);
    };
  }

  private static Object noArguments(String text, String name, Args args) {
    args.noNames("str", name);
    if (args.count() > 0) {
      throw JinjaException.type(
          "str." + name + "() takes no arguments (" + args.count() + " given)");
    }
    return switch (name) {
      case "lower" -> Casing.lower(text);
      case "upper" -> Casing.upper(text);
      case "title" -> Casing.title(text);
      case "capitalize" -> Casing.capitalize(text);
      case "swapcase" -> Casing.swapCase(text);
      case "casefold" -> Casing.fold(text);
      case "isupper" -> Casing.isUpperText(text);
      case "islower" -> Casing.isLowerText(text);
      case "istitle" -> Casing.isTitleText(text);
      case "isidentifier" -> Casing.isIdentifier(text);
      default -> Casing.all(text, name);
    };
  }

  private static Object strip(String text, String name, Args args) {
    args.noNames("str", name);
    args.atMost(name, 1);
    Object set = args.count() == 0 ? null : args.get(0);
    if (set != null && !Py.isText(set)) {
      throw JinjaException.type(name + " arg must be None or str");
    }
    String chars = set == null ? null : set.toString();
    return PyStr.strip(text, chars, !name.equals("rstrip"), !name.equals("lstrip"));
  }

  private static Object split(String text, String name, Args args) {
    args.onlyNames(name, "sep", "maxsplit");
    if (args.count() > 2) {
      throw JinjaException.type(name + "() takes at most 2 arguments (" + args.count() + " given)");
    }
    Object separator = args.option(0, "sep", null);
    long max = Numbers.size(args.option(1, "maxsplit", -1L));
    if (separator != null && !Py.isText(separator)) {
      throw JinjaException.type("must be str or None, not " + Py.typeName(separator));
    }
    String sep = separator == null ? null : separator.toString();
    if (sep != null && sep.isEmpty()) {
      throw JinjaException.value("empty separator");
    }
    return name.equals("split") ? PyStr.split(text, sep, max) : PyStr.rsplit(text, sep, max);
  }

  private static Object lines(String text, Args args) {
    args.onlyNames("splitlines", "keepends");
    if (args.count() > 1) {
      throw JinjaException.type(
          "splitlines() takes at most 1 argument (" + args.count() + " given)");
    }
    return PyStr.splitLines(text, Numbers.index(args.option(0, "keepends", false)) != 0);
  }

  private static Object join(String text, Args args) {
    Object joined = args.only("str.join");
    if (!Py.isIterable(joined)) {
      throw JinjaException.type("can only join an iterable");
    }
    StringBuilder out = new StringBuilder();
    Iterator<Object> items = Py.iterate(joined);
    for (int i = 0; items.hasNext(); i++) {
      Object item = items.next();
      if (!Py.isText(item)) {
        throw JinjaException.type(
            "sequence item " + i + ": expected str instance, " + Py.typeName(item) + " found");
      }
      out.append(i > 0 ? text : "").append(item);
      Budget.checkSize(out.length());
    }
    return out.toString();
  }

  private static Object replace(String text, Args args) {
    args.noNames("str.replace");
    args.atLeast("replace", 2);
    args.atMost("replace", 3);
    String old = text(args.get(0), "replace() argument 1 must be str, not ");
    String fresh = text(args.get(1), "replace() argument 2 must be str, not ");
    return PyStr.replace(text, old, fresh, args.count() > 2 ? Numbers.size(args.get(2)) : -1);
  }

  /** The text of a value; else an error that ends with the type's name. */
  static String text(Object value, String error) {
    if (!Py.isText(value)) {
      throw JinjaException.type(error + Py.typeName(value));
    }
    return value.toString();
  }

  private static Object affix(String text, String name, Args args) {
    args.noNames("str", name);
    if (args.count() < 1) {
      throw JinjaException.type(name + "() takes at least 1 argument (0 given)");
    }
    String window = StrSearch.window(text, args);
    boolean start = name.equals("startswith");
    if (args.get(0) instanceof PyTuple choices) {
      for (Object choice : choices.items()) {
        String affix = text(choice, "tuple for " + name + " must only contain str, not ");
        if (window != null && (start ? window.startsWith(affix) : window.endsWith(affix))) {
          return true;
        }
      }
      return false;
    }
    String affix = text(args.get(0), name + " first arg must be str or a tuple of str, not ");
    return window != null && (start ? window.startsWith(affix) : window.endsWith(affix));
  }

  private static Object oneText(String text, String name, Args args) {
    boolean remove = name.startsWith("remove");
    String part =
        text(args.only("str." + name), (remove ? name + "() argument " : "") + "must be str, not ");
    if (name.equals("removeprefix")) {
      return text.startsWith(part) ? text.substring(part.length()) : text;
    }
    if (name.equals("removesuffix")) {
      boolean ends = !part.isEmpty() && text.endsWith(part);
      return ends ? text.substring(0, text.length() - part.length()) : text;
    }
    if (part.isEmpty()) {
      throw JinjaException.value("empty separator");
    }
    int at = name.equals("partition") ? text.indexOf(part) : text.lastIndexOf(part);
    if (at < 0) {
      return name.equals("partition") ? new PyTuple(text, "", "") : new PyTuple("", "", text);
    }
    return new PyTuple(text.substring(0, at), part, text.substring(at + part.length()));
  }
}
