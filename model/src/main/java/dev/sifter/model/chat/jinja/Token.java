package dev.sifter.model.chat.jinja;

/**
 * One token; {@code value} is a String for names, data and strings, a number for numbers, and a
 * {@link JinjaException} for {@link Kind#ERROR}, which is thrown when the parser gets there.
 */
record Token(Kind kind, Object value, int line) {

  boolean isName(String name) {
    return kind == Kind.NAME && name.equals(value);
  }

  String describe() {
    return kind == Kind.NAME ? (String) value : kind.words;
  }
}
