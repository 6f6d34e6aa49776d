package dev.sifter.train.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Writes markup that is HTML and well-formed XML at once: every value is escaped, every element is
 * closed.
 */
final class Markup {
  /** HTML's void elements and SVG's shapes; HTML takes a slash elsewhere for nothing. */
  private static final Set<String> EMPTY = Set.of("meta", "br", "path", "rect", "circle");

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /** Opens an element. */
  Markup open(String tag, String... attributes) {
    start(tag, attributes);
    out.append('>');
    open.push(tag);
    return this;
  }

  /** Closes the innermost open element. */
  Markup close() {
    if (open.isEmpty()) {
      throw new IllegalStateException("no element is open");
    }
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** An element without content; for void HTML elements and SVG shapes. */
  Markup empty(String tag, String... attributes) {
    if (!EMPTY.contains(tag)) {
      throw new IllegalArgumentException(tag + " needs an end tag in HTML");
    }
    start(tag, attributes);
    out.append("/>");
    return this;
  }

  /** An element that holds nothing but text. */
  Markup element(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close();
  }

  /** Text, escaped. */
  Markup text(String text) {
    escape(text, out);
    return this;
  }

  /** A style sheet of ours; never text that came from outside. */
  Markup style(String css) {
    if (css.contains("<") || css.contains("&")) {
      throw new IllegalArgumentException("a style sheet with < or & is not well-formed XML");
    }
    out.append("<style>\n").append(css).append("</style>");
    return this;
  }

  /** A line break in the source, so that it reads well. */
  Markup line() {
    out.append('\n');
    return this;
  }

  /** The document so far; all elements must be closed. */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("still open: " + open);
    }
    return out.toString();
  }

  private void start(String tag, String... attributes) {
    if (attributes.length % 2 != 0) {
      throw new IllegalArgumentException("attributes of " + tag + " are not name-value pairs");
    }
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1], out);
      out.append('"');
    }
  }

  /** Escapes text for element content and for quoted attributes. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    escape(text, escaped);
    return escaped.toString();
  }

  private static void escape(String text, StringBuilder to) {
    text.codePoints().forEach(c -> escape(c, to));
  }

  private static void escape(int c, StringBuilder to) {
    switch (c) {
      case '&' -> to.append("&amp;");
      case '<' -> to.append("&lt;");
      case '>' -> to.append("&gt;");
      case '"' -> to.append("&quot;");
      case '\'' -> to.append("&#39;");
      case '\t', '\n' -> to.append((char) c);
      default -> to.appendCodePoint(printable(c));
    }
  }

  /** XML has no control characters and no half surrogates, so that they are shown by pictures. */
  private static int printable(int c) {
    if (c < 0x20) {
      return 0x2400 + c;
    }
    if (c == 0x7f) {
      return 0x2421;
    }
    boolean c1 = c > 0x7f && c < 0xa0;
    boolean surrogate = c >= 0xd800 && c < 0xe000;
    boolean nonCharacter = (c & 0xfffe) == 0xfffe;
    return c1 || surrogate || nonCharacter ? 0xfffd : c;
  }
}
