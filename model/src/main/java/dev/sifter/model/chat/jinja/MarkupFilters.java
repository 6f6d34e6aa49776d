package dev.sifter.model.chat.jinja;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Filters that write and read HTML, XML and URLs. */
final class MarkupFilters {
  private static final Signature URLIZE =
      Signature.withEnvironment(
          "do_urlize",
          "value trim_url_limit nofollow target rel extra_schemes",
          null,
          false,
          null,
          null,
          null);
  private static final Signature XMLATTR =
      Signature.withEnvironment("do_xmlattr", "d autospace", true);

  private static final Signature TO_JSON =
      Signature.withEnvironment("do_tojson", "value indent", (Object) null);

  private MarkupFilters() {}

  static boolean exists(String name) {
    return switch (name) {
      case "e", "escape", "forceescape", "safe", "striptags", "urlencode", "urlize", "xmlattr" ->
          true;
      default -> false;
    };
  }

  static Object call(String name, Object value, Args args) {
    switch (name) {
      case "urlize":
        return Urlize.urlize(URLIZE.bind(value, args));
      case "xmlattr":
        Object[] x = XMLATTR.bind(value, args);
        return attributes(x[0], Py.truth(x[1]));
      case "e", "escape":
        Filters.only("escape", args);
        return Markup.escape(value);
      default:
        Filters.only(name.equals("safe") ? "do_mark_safe" : "do_" + name, args);
    }
    return switch (name) {
      case "forceescape" -> Markup.escape(PyRepr.str(value));
      case "safe" -> value instanceof Markup ? value : new Markup(PyRepr.str(value));
      case "striptags" -> stripTags(PyRepr.str(value));
      default -> urlEncode(value);
    };
  }

  /** Jinja's own {@code tojson}: keys in order, in ASCII, without what HTML takes for a mark. */
  static Markup toJson(Object value, Args args) {
    Object[] a = TO_JSON.bind(value, args);
    String json = PyJson.dumps(a[0], true, a[1], null, true);
    return new Markup(
        json.replace("<", "\\u003c")
            .replace(">", "\\u003e")
            .replace("&", "\\u0026")
            .replace("'", "\\u0027"));
  }

  /** The text without comments and tags, its white space collapsed and its references read. */
  static String stripTags(String text) {
    StringBuilder words = new StringBuilder();
    for (Object word : PyStr.split(withoutTags(withoutComments(text)), null, -1)) {
      words.append(words.isEmpty() ? "" : " ").append(word);
    }
    return CharacterReferences.unescape(words.toString());
  }

  /** What is left of one comment may begin another: each search begins where the last one cut. */
  private static String withoutComments(String text) {
    StringBuilder out = new StringBuilder(text);
    int start = out.indexOf("<!--");
    while (start >= 0) {
      int end = out.indexOf("-->", start);
      if (end < 0) {
        break;
      }
      out.delete(start, end + 3);
      for (int moved = start; moved < out.length(); moved += 1024) {
        Budget.visit();
      }
      start = out.indexOf("<!--", Math.max(0, start - 3));
    }
    return out.toString();
  }

  private static String withoutTags(String text) {
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
    return out.append(text, at, text.length()).toString();
  }

  /** {@code name="value"} for each entry of a dict whose value is there. */
  private static String attributes(Object value, boolean spaceBefore) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!(value instanceof Map<?, ?> map)) {
      throw JinjaException.attribute(
          "'" + Py.typeName(value) + "' object has no attribute 'items'");
    }
    List<String> items = new ArrayList<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      Budget.visit();
      if (entry.getValue() == null || entry.getValue() instanceof Undefined) {
        continue;
      }
      requireName(entry.getKey());
      items.add(Markup.escape(entry.getKey()) + "=\"" + Markup.escape(entry.getValue()) + "\"");
    }
    return (spaceBefore && !items.isEmpty() ? " " : "") + String.join(" ", items);
  }

  private static void requireName(Object key) {
    if (!Py.isText(key)) {
      throw JinjaException.type(
          "expected string or bytes-like object, got '" + Py.typeName(key) + "'");
    }
    if (key.toString().chars().anyMatch(c -> " \t\n\u000b\f\r/>=".indexOf(c) >= 0)) {
      throw JinjaException.value("Invalid character in attribute name: " + PyRepr.repr(key));
    }
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
}
