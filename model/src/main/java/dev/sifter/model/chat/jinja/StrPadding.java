package dev.sifter.model.chat.jinja;

/** {@code center}, {@code ljust}, {@code rjust}, {@code zfill}, {@code expandtabs}. */
final class StrPadding {
  private StrPadding() {}

  static Object call(String text, String name, Args args) {
    StrMethods.noNames(args, "str." + name);
    StrMethods.atLeast(args, name, 1);
    StrMethods.atMost(args, name, 2);
    long width = StrMethods.index(args.get(0));
    if (name.equals("zfill")) {
      boolean signed = text.startsWith("-") || text.startsWith("+");
      String digits = signed ? text.substring(1) : text;
      return (signed ? text.substring(0, 1) : "")
          + PyStr.repeat("0", width - PyStr.length(text))
          + digits;
    }
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
    Object named = args.named("tabsize");
    long size =
        args.count() > 0
            ? StrMethods.index(args.get(0))
            : named == Undefined.MISSING ? 8 : StrMethods.index(named);
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
