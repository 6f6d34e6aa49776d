package dev.sifter.model.chat;

/**
 * A range of a text, in code points.
 *
 * @param start the first code point
 * @param end the one after the last
 */
public record Span(int start, int end) {

  /** Checks the order of the ends. */
  public Span {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("not a span: " + start + " to " + end);
    }
  }

  /** The part of a text that this span covers. */
  public String of(String text) {
    int from = text.offsetByCodePoints(0, start);
    return text.substring(from, text.offsetByCodePoints(from, end - start));
  }
}
