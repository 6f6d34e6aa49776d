package dev.sifter.model.chat.jinja;

/** {@code find}, {@code index}, {@code count} and their kin, within optional bounds. */
final class StrSearch {
  private StrSearch() {}

  /** The part that the second and third argument bound; null, not empty, where it ends early. */
  static String window(String text, Args args) {
    if (args.count() < 2) {
      return text;
    }
    String window = (String) bounds(args).of(text);
    long length = PyStr.length(text);
    long end = args.count() > 2 ? place(args.get(2), length, length) : length;
    return place(args.get(1), 0, length) <= Math.min(end, length) ? window : null;
  }

  private static long place(Object index, long otherwise, long length) {
    long place = index == null ? otherwise : Numbers.clamp(index);
    return place < 0 ? Math.max(0, place + length) : place;
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
      return window == null ? 0L : count(window, part);
    }
    int at = window == null ? -1 : search(window, part, name.startsWith("r"));
    if (at < 0) {
      if (name.endsWith("index")) {
        throw JinjaException.value("substring not found");
      }
      return -1L;
    }
    return offset(text, args) + window.codePointCount(0, at);
  }

  private static int search(String window, String part, boolean last) {
    return last ? window.lastIndexOf(part) : window.indexOf(part);
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
