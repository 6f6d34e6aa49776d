package dev.sifter.model.chat.jinja;

/** {@code find}, {@code index}, {@code count} and their kin, within optional bounds. */
final class StrSearch {
  private StrSearch() {}

  /** The part of the text that the second and third argument bound. */
  static String window(String text, Args args) {
    return args.count() < 2 ? text : (String) bounds(args).of(text);
  }

  private static Slices bounds(Args args) {
    return new Slices(args.get(1), args.count() > 2 ? args.get(2) : null, null);
  }

  static Object call(String text, String name, Args args) {
    args.noNames("str", name);
    if (args.count() < 1) {
      throw JinjaException.type(name + "() takes at least 1 argument (0 given)");
    }
    String part = StrMethods.text(args.get(0), "must be str, not ");
    String window = window(text, args);
    if (name.equals("count")) {
      return count(window, part);
    }
    boolean last = name.startsWith("r");
    int at = last ? window.lastIndexOf(part) : window.indexOf(part);
    if (at < 0) {
      if (name.endsWith("index")) {
        throw JinjaException.value("substring not found");
      }
      return -1L;
    }
    return offset(text, args) + window.codePointCount(0, at);
  }

  private static long offset(String text, Args args) {
    if (args.count() < 2) {
      return 0;
    }
    String tail = (String) new Slices(args.get(1), null, null).of(text);
    return PyStr.length(text) - (long) PyStr.length(tail);
  }

  /** How often a text holds another, without overlaps. */
  static long count(String text, String part) {
    if (part.isEmpty()) {
      return PyStr.length(text) + 1L;
    }
    long count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }
}
