package dev.sifter.model.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** {@code maketrans} and {@code translate}: characters replaced by a table. */
final class StrTranslation {
  private StrTranslation() {}

  /** A table from one dict, or from texts of equal length and one whose characters are removed. */
  static Object table(Args args) {
    args.noNames("str.maketrans");
    args.atLeast("maketrans", 1);
    args.atMost("maketrans", 3);
    Map<Object, Object> table = new LinkedHashMap<>();
    if (args.count() == 1) {
      if (!(args.get(0) instanceof Map<?, ?> map)) {
        throw JinjaException.type("if you give only one argument to maketrans it must be a dict");
      }
      map.forEach((key, value) -> Dicts.put(table, key(key), value));
      return table;
    }
    if (!Py.isText(args.get(0))) {
      throw JinjaException.type(
          "first maketrans argument must be a string if there is a second argument");
    }
    String from = args.get(0).toString();
    String to = StrMethods.text(args.get(1), "maketrans() argument 2 must be str, not ");
    if (PyStr.length(from) != PyStr.length(to)) {
      throw JinjaException.value("the first two maketrans arguments must have equal length");
    }
    int[] values = to.codePoints().toArray();
    int at = 0;
    for (int key : from.codePoints().toArray()) {
      table.put((long) key, (long) values[at++]);
    }
    if (args.count() == 3) {
      StrMethods.text(args.get(2), "maketrans() argument 3 must be str, not ")
          .codePoints()
          .forEach(key -> table.put((long) key, null));
    }
    return table;
  }

  private static Object key(Object key) {
    if (Numbers.isInteger(key)) {
      return key;
    }
    if (!Py.isText(key)) {
      throw JinjaException.type("keys in translate table must be strings or integers");
    }
    if (PyStr.length(key.toString()) != 1) {
      throw JinjaException.value("string keys in translate table must be of length 1");
    }
    return (long) key.toString().codePointAt(0);
  }

  /** The text with every character that the table has replaced, or removed where it is None. */
  static String translate(String text, Args args) {
    Object table = args.only("str.translate");
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().forEach(cp -> append(out, cp, table));
    return out.toString();
  }

  private static void append(StringBuilder out, int cp, Object table) {
    Budget.visit();
    Object found = Attributes.subscript(table, (long) cp);
    if (found == Undefined.MISSING) {
      out.appendCodePoint(cp);
    } else if (Py.isText(found)) {
      out.append(found);
    } else if (Numbers.isInteger(found)) {
      out.appendCodePoint(codePoint(found));
    } else if (found != null) {
      throw JinjaException.type("character mapping must return integer, None or str");
    }
    Budget.checkSize(out.length());
  }

  private static int codePoint(Object number) {
    long value = Numbers.clamp(number);
    if (value < 0 || value > Character.MAX_CODE_POINT) {
      throw JinjaException.value("character mapping must be in range(0x110000)");
    }
    return (int) value;
  }
}
