package dev.sifter.model.chat.jinja;

import java.util.List;

/** Filters that make text of text. */
final class TextFilters {
  private static final Signature CENTER = Signature.of("do_center", "value width", 80L);
  private static final Signature INDENT =
      Signature.of("do_indent", "s width first blank", 4L, false, false);
  private static final Signature REPLACE =
      Signature.withEnvironment("do_replace", "s old new count", (Object) null);
  private static final Signature TRIM = Signature.of("do_trim", "value chars", (Object) null);
  private static final Signature TRUNCATE =
      Signature.withEnvironment(
          "do_truncate", "s length killwords end leeway", 255L, false, "...", null);

  private static final Signature WORDWRAP =
      Signature.withEnvironment(
          "do_wordwrap",
          "s width break_long_words wrapstring break_on_hyphens",
          79L,
          true,
          null,
          true);

  private TextFilters() {}

  static boolean exists(String name) {
    return switch (name) {
      case "capitalize",
          "center",
          "format",
          "indent",
          "lower",
          "replace",
          "title",
          "trim",
          "truncate",
          "upper",
          "wordcount",
          "wordwrap" ->
          true;
      default -> false;
    };
  }

  static Object call(String name, Object value, Args args) {
    switch (name) {
      case "format":
        return format(soft(value), args);
      case "indent":
        return indent(value, INDENT.bind(value, args));
      case "replace":
        return replace(value, REPLACE.bind(value, args));
      case "trim":
        Object[] t = TRIM.bind(value, args);
        return StrMethods.call(soft(value), "strip", t[1] == null ? Args.NONE : Args.of(t[1]));
      case "center":
        Object[] c = CENTER.bind(value, args);
        return StrMethods.call(soft(value), "center", Args.of(c[1]));
      case "truncate":
        return truncate(value, TRUNCATE.bind(value, args));
      case "wordwrap":
        return TextWrap.wrap(WORDWRAP.bind(value, args));
      default:
        Signature.of("do_" + name, "s").bind(value, args);
    }
    return switch (name) {
      case "lower", "upper", "capitalize" -> StrMethods.call(soft(value), name, Args.NONE);
      case "title" -> title(PyRepr.str(value));
      default -> wordCount(PyRepr.str(value));
    };
  }

  private static Object soft(Object value) {
    return value instanceof Markup ? value : PyRepr.str(value);
  }

  private static Object format(Object text, Args args) {
    if (args.hasNames() && args.count() > 0) {
      throw JinjaException.filterArgument(
          "can't handle positional and keyword arguments at the same time");
    }
    return Percent.format(
        text, args.hasNames() ? args.namedAsDict() : new PyTuple(args.positional()));
  }

  private static Object replace(Object value, Object[] args) {
    long count = args[3] == null ? -1 : Numbers.size(args[3]);
    return PyStr.replace(PyRepr.str(value), PyRepr.str(args[1]), PyRepr.str(args[2]), count);
  }

  /** Capitals after white space, {@code -}, brackets and {@code <}; the rest in lower case. */
  private static String title(String text) {
    StringBuilder out = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      int end = at;
      boolean separators = isSeparator(text.charAt(at));
      while (end < text.length() && isSeparator(text.charAt(end)) == separators) {
        end++;
      }
      int first = text.offsetByCodePoints(at, 1);
      out.append(Casing.upper(text.substring(at, first)));
      out.append(Casing.lower(text.substring(first, end)));
      at = end;
    }
    return out.toString();
  }

  private static boolean isSeparator(char c) {
    return "-({[<".indexOf(c) >= 0 || PyStr.isSpace(c);
  }

  private static Object indent(Object value, Object[] args) {
    String unit =
        Py.isText(args[1])
            ? args[1].toString()
            : (String) Arithmetic.binary(Kind.MUL, " ", args[1]);
    boolean markup = value instanceof Markup;
    Object text = appended(value);
    List<Object> lines = PyStr.splitLines(text.toString(), false);
    boolean blank = Py.truth(args[3]);
    StringBuilder out = new StringBuilder(Py.truth(args[2]) ? unit : "");
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      out.append(i > 0 ? "\n" : "").append(i > 0 && (blank || !line.isEmpty()) ? unit : "");
      out.append(line);
      Budget.checkSize(out.length());
    }
    return markup ? new Markup(out.toString()) : out.toString();
  }

  /** {@code value += "\n"}, with which the filter begins. */
  private static Object appended(Object value) {
    if (value instanceof List) {
      throw JinjaException.attribute("'list' object has no attribute 'splitlines'");
    }
    try {
      return Arithmetic.binary(Kind.ADD, value, "\n");
    } catch (JinjaException error) {
      throw new JinjaException(error.errorType(), error.getMessage().replace("for +:", "for +=:"));
    }
  }

  private static Object truncate(Object value, Object[] args) {
    long length = Numbers.index(args[1]);
    long leeway = args[4] == null ? 5 : Numbers.index(args[4]);
    Object end = args[3];
    if (length < Py.length(end)) {
      throw new JinjaException(
          "AssertionError", "expected length >= " + Py.length(end) + ", got " + length);
    }
    if (Py.length(value) - length <= leeway) {
      return value;
    }
    Object head = Attributes.slice(value, new Slices(null, length - Py.length(end), null));
    if (!Py.truth(args[2])) {
      if (!Py.isText(head)) {
        throw JinjaException.attribute(
            "'" + Py.typeName(head) + "' object has no attribute 'rsplit'");
      }
      head = Py.sequence(StrMethods.call(head, "rsplit", Args.of(" ", 1L))).get(0);
    }
    return Arithmetic.binary(Kind.ADD, head, end);
  }

  private static long wordCount(String text) {
    long count = 0;
    boolean inWord = false;
    for (int i = 0; i < text.length(); ) {
      int cp = text.codePointAt(i);
      i += Character.charCount(cp);
      boolean word = Casing.isWord(cp);
      count += word && !inWord ? 1 : 0;
      inWord = word;
    }
    return count;
  }
}
