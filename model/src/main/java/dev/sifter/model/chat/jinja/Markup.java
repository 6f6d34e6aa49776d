package dev.sifter.model.chat.jinja;

/** Text marked as safe: what is joined to it is escaped for HTML. */
record Markup(String text) implements CharSequence {

  /** The text with HTML's special characters replaced; Markup stays as it is. */
  static Markup escape(Object value) {
    if (value instanceof Markup markup) {
      return markup;
    }
    String text = PyRepr.str(value);
    Budget.read(text.length());
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&#34;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
      Budget.checkSize(out.length());
    }
    return new Markup(out.toString());
  }

  /** Whether a method is of Markup alone; {@link StrMethods} has the others. */
  static boolean hasMethod(String name) {
    return name.equals("escape") || name.equals("striptags") || name.equals("unescape");
  }

  Object call(String name, Args args) {
    if (name.equals("escape")) {
      return escape(args.only("Markup.escape"));
    }
    Filters.only("Markup." + name, args);
    return name.equals("striptags")
        ? MarkupFilters.stripTags(text)
        : CharacterReferences.unescape(text);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public char charAt(int index) {
    return text.charAt(index);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.substring(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
