package dev.sifter.train.report;

/**
 * Texts that come from models, tokenizers, templates and data, for people to look at: what would
 * move the cursor, or tell the terminal to do something else, is shown as an escape.
 */
public final class Visible {
  /** Longer than any sentence of ours: such a message quotes a value that nobody reads whole. */
  private static final int LONGEST_MESSAGE = 4_000;

  /** Of a message that is cut, the beginning names the place and the end names the remedy. */
  private static final int LAST_PART = 1_000;

  /** What is left as it is. */
  private enum Kept {
    NOTHING,
    LINES,
    LINES_AND_FORMATS
  }

  private Visible() {}

  /** The text on one line: control characters as escapes. */
  public static String of(String text) {
    return escaped(text, Kept.NOTHING);
  }

  /** The text on its lines: other control characters as escapes. */
  public static String lines(String text) {
    return escaped(text, Kept.LINES);
  }

  /**
   * What a model writes: on its lines, with tabs, and with the invisible characters that join emoji
   * and letters.
   */
  public static String prose(String text) {
    return escaped(text, Kept.LINES_AND_FORMATS);
  }

  /**
   * A message, which may quote what it complains of: on its lines, and without most of a long one.
   */
  public static String message(String text) {
    if (text.length() <= LONGEST_MESSAGE) {
      return escaped(text, Kept.LINES);
    }
    int first = afterPair(text, LONGEST_MESSAGE - LAST_PART);
    int last = afterPair(text, text.length() - LAST_PART);
    return "%s … (%d characters are left out) … %s"
        .formatted(
            escaped(text.substring(0, first), Kept.LINES),
            last - first,
            escaped(text.substring(last), Kept.LINES));
  }

  /** A place that parts no surrogate pair. */
  private static int afterPair(String text, int place) {
    return Character.isLowSurrogate(text.charAt(place)) ? place + 1 : place;
  }

  private static String escaped(String text, Kept kept) {
    StringBuilder visible = new StringBuilder(text.length());
    text.codePoints().forEach(c -> append(c, kept, visible));
    return visible.toString();
  }

  private static void append(int c, Kept kept, StringBuilder to) {
    boolean isFormat = Character.getType(c) == Character.FORMAT;
    boolean isKept =
        switch (kept) {
          case NOTHING -> false;
          case LINES -> c == '\n';
          case LINES_AND_FORMATS -> c == '\n' || c == '\t' || isFormat;
        };
    if (isKept || !isFormat && !Character.isISOControl(c)) {
      to.appendCodePoint(c);
      return;
    }
    switch (c) {
      case '\n' -> to.append("\\n");
      case '\r' -> to.append("\\r");
      case '\t' -> to.append("\\t");
      default -> to.append("\\u{").append(Integer.toHexString(c)).append('}');
    }
  }
}
