package dev.sifter.model.chat.jinja;

/** {@code center}, {@code ljust}, {@code rjust}, {@code zfill}, {@code expandtabs}. */
final class StrPadding {
  private StrPadding() {}

  static Object fillZeros(String text, Args args) {
    long width = Numbers.size(args.only("str.zfill"));
    boolean signed = text.startsWith("-") || text.startsWith("+");
    String digits = signed ? text.substring(1) : text;
    String sign = signed ? text.substring(0, 1) : "";
    return sign + PyStr.repeat("0", width - PyStr.length(text)) + digits;
  }

  static Object call(String text, String name, Args args) {
    args.noNames("str", name);
    args.atLeast(name, 1);
    args.atMost(name, 2);
    long width = Numbers.size(args.get(0));
    String fill = " ";
    if (args.count() == 2) {
      fill = StrMethods.text(args.get(1), "The fill character must be a unicode character, not ");
      if (PyStr.length(fill) != 1) {
        throw JinjaException.type("The fill character must be exactly one character long");
      }
    }
    long pad = Math.max(0, width - PyStr.length(text));
    return switch (name) {
      case "ljust" -> text + PyStr.repeat(fill, pad);
      case "rjust" -> PyStr.repeat(fill, pad) + text;
      default -> center(text, width, fill);
    };
  }

  /** Centres; an odd pad goes left where the width is odd, as in Python. */
  static String center(String text, long width, String fill) {
    long pad = Math.max(0, width - PyStr.length(text));
    long left = pad / 2 + (pad & width & 1);
    return PyStr.repeat(fill, left) + text + PyStr.repeat(fill, pad - left);
  }

  static Object expandTabs(String text, Args args) {
    args.onlyNames("expandtabs", "tabsize");
    if (args.count() > 1) {
      throw JinjaException.type(
          "expandtabs() takes at most 1 argument (" + args.count() + " given)");
    }
    long size = Numbers.size(args.option(0, "tabsize", 8L));
    StringBuilder out = new StringBuilder();
    long column = 0;
    for (int i = 0; i < text.length(); ) {
      int cp = text.codePointAt(i);
      i += Character.charCount(cp);
      if (cp == '\t') {
        long fill = size > 0 ? size - column % size : 0;
        out.append(PyStr.repeat(" ", fill));
        column += fill;
      } else {
        out.appendCodePoint(cp);
        column = cp == '\n' || cp == '\r' ? 0 : column + 1;
      }
      Budget.checkSize(out.length());
    }
    return out.toString();
  }
}
