package dev.sifter.train.cli;

/** Texts of tokens for people to look at. */
final class Visible {
  private Visible() {}

  /** The text on one line: control characters, which would move the cursor, as escapes. */
  static String of(String text) {
    return escaped(text, false);
  }

  /** The text on its lines: other control characters as escapes. */
  static String lines(String text) {
    return escaped(text, true);
  }

  private static String escaped(String text, boolean keepLines) {
    StringBuilder visible = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> visible.append(keepLines ? "\n" : "\\n");
                case '\r' -> visible.append("\\r");
                case '\t' -> visible.append("\\t");
                default -> {
                  if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
                    visible.append("\\u{").append(Integer.toHexString(c)).append('}');
                  } else {
                    visible.appendCodePoint(c);
                  }
                }
              }
            });
    return visible.toString();
  }
}
