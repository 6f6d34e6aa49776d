package dev.sifter.model.chat.jinja;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

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

  private TextFilters() {}

  static boolean exists(String name) {
    return switch (name) {
      case "capitalize",
          "center",
          "format",
          "indent",
          "lower",
          "replace",
          "striptags",
          "title",
          "trim",
          "truncate",
          "upper",
          "urlencode",
          "wordcount" ->
          true;
      default -> false;
    };
  }

  static Object call(String name, Object value, Args args) {
    switch (name) {
      case "format":
        return Percent.format(
            soft(value), args.hasNames() ? args.namedAsDict() : new PyTuple(args.positional()));
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
      default:
        Signature.of("do_" + name, "s").bind(value, args);
    }
    return switch (name) {
      case "lower", "upper", "capitalize" -> StrMethods.call(soft(value), name, Args.NONE);
      case "title" -> title(PyRepr.str(value));
      case "striptags" -> stripTags(PyRepr.str(value));
      case "urlencode" -> urlEncode(value);
      default -> wordCount(PyRepr.str(value));
    };
  }

  private static Object soft(Object value) {
    return value instanceof Markup ? value : PyRepr.str(value);
  }

  private static Object replace(Object value, Object[] args) {
    long count = args[3] == null ? -1 : StrMethods.index(args[3]);
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
    long length = StrMethods.index(args[1]);
    long leeway = args[4] == null ? 5 : StrMethods.index(args[4]);
    Object end = args[3];
    if (length < Py.length(end)) {
      throw new JinjaException(
          "AssertionError", "expected length >= " + Py.length(end) + ", got " + length);
    }
    if (Py.length(value) <= length + leeway) {
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

  private static String stripTags(String text) {
    StringBuilder out = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      int open = text.indexOf('<', at);
      int close = open < 0 ? -1 : text.indexOf('>', open);
      if (close < 0) {
        break;
      }
      out.append(text, at, open);
      at = close + 1;
    }
    out.append(text, Math.min(at, text.length()), text.length());
    StringBuilder words = new StringBuilder();
    for (Object word : PyStr.split(out.toString(), null, -1)) {
      words.append(words.isEmpty() ? "" : " ").append(word);
    }
    return words.toString();
  }

  /** A quoted text; of a dict, or of pairs, a query string. */
  private static String urlEncode(Object value) {
    if (Py.isText(value) || !Py.isIterable(value)) {
      return urlQuote(value, false);
    }
    Object pairs = value instanceof Map<?, ?> map ? new DictView(map, DictView.Part.ITEMS) : value;
    StringBuilder out = new StringBuilder();
    boolean first = true;
    for (Object pair : Py.list(pairs)) {
      List<Object> items = Targets.unpacked(pair, 2);
      out.append(first ? "" : "&").append(urlQuote(items.get(0), true));
      out.append('=').append(urlQuote(items.get(1), true));
      first = false;
      Budget.checkSize(out.length());
    }
    return out.toString();
  }

  private static String urlQuote(Object value, boolean query) {
    StringBuilder out = new StringBuilder();
    String unquoted = query ? "_.-~" : "_.-~/";
    for (byte b : PyRepr.str(value).getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c < 128 && (Character.isLetterOrDigit(c) || unquoted.indexOf(c) >= 0)) {
        out.append(c);
      } else if (query && c == ' ') {
        out.append('+');
      } else {
        out.append('%').append(Casing.upper(Integer.toHexString(c + 0x100).substring(1)));
      }
    }
    return out.toString();
  }

  private static long wordCount(String text) {
    long count = 0;
    boolean inWord = false;
    for (int i = 0; i < text.length(); ) {
      int cp = text.codePointAt(i);
      i += Character.charCount(cp);
      boolean word = cp == '_' || Casing.isAlpha(cp) || Casing.isNumeric(cp);
      count += word && !inWord ? 1 : 0;
      inWord = word;
    }
    return count;
  }
}
