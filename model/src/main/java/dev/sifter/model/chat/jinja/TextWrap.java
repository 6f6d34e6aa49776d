package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The filter {@code wordwrap}: lines of at most a width, broken as Python's textwrap does. */
final class TextWrap {
  private final Object width;
  private final boolean breakWords;
  private final boolean splitAtHyphens;
  private final boolean breakAtHyphens;

  private final StringBuilder line = new StringBuilder();
  private int lineLength;
  private String last = "";

  /** As in Python, hyphens part words for True alone, and long words for all that is true. */
  private TextWrap(Object width, boolean breakWords, Object breakAtHyphens) {
    this.width = width;
    this.breakWords = breakWords;
    this.splitAtHyphens = Boolean.TRUE.equals(breakAtHyphens);
    this.breakAtHyphens = Py.truth(breakAtHyphens);
  }

  /** The wrapped text; the arguments are those of the filter, in its order. */
  static Object wrap(Object[] args) {
    Object separator = args[3] == null ? "\n" : args[3];
    requireText(separator, "join");
    requireText(args[0], "splitlines");
    List<Object> paragraphs = new ArrayList<>();
    for (Object paragraph : PyStr.splitLines(args[0].toString(), false)) {
      TextWrap wrap = new TextWrap(args[1], Py.truth(args[2]), args[4]);
      List<Object> lines = wrap.lines((String) paragraph);
      paragraphs.add(StrMethods.call(separator, "join", Args.of(lines)));
    }
    return StrMethods.call(separator, "join", Args.of(paragraphs));
  }

  private static void requireText(Object value, String method) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!Py.isText(value)) {
      throw JinjaException.attribute(
          "'" + Py.typeName(value) + "' object has no attribute '" + method + "'");
    }
  }

  private List<Object> lines(String text) {
    if (Compare.ordered(width, 0L, Kind.LTEQ)) {
      throw JinjaException.value("invalid width " + PyRepr.repr(width) + " (must be > 0)");
    }
    Deque<String> pieces = TextPieces.of(text, splitAtHyphens);
    List<Object> lines = new ArrayList<>();
    while (!pieces.isEmpty()) {
      Budget.visit();
      if (!lines.isEmpty() && isSpace(pieces.peek())) {
        pieces.remove();
      }
      fill(pieces);
      if (isSpace(last)) {
        line.setLength(line.length() - last.length());
      }
      if (!line.isEmpty()) {
        lines.add(line.toString());
      }
    }
    return lines;
  }

  private static boolean isSpace(String piece) {
    return PyStr.strip(piece, null, true, true).isEmpty();
  }

  /** Takes pieces while they fit, then a part of a piece that would fit no line. */
  private void fill(Deque<String> pieces) {
    line.setLength(0);
    lineLength = 0;
    last = "";
    while (!pieces.isEmpty() && !exceeds(lineLength + PyStr.length(pieces.peek()))) {
      take(pieces.remove());
    }
    if (pieces.isEmpty() || !exceeds(PyStr.length(pieces.peek()))) {
      return;
    }
    if (breakWords) {
      String piece = pieces.remove();
      Budget.read(piece); // its rest is copied for each line
      int end = breakAt(piece);
      take(piece.substring(0, end));
      pieces.push(piece.substring(end));
    } else if (line.isEmpty()) {
      take(pieces.remove());
    }
  }

  private boolean exceeds(long length) {
    return Compare.ordered(length, width, Kind.GT);
  }

  private void take(String piece) {
    line.append(piece);
    lineLength += PyStr.length(piece);
    last = piece;
  }

  /** Where a long piece is broken: after its last hyphen that fits, else where the line is full. */
  private int breakAt(String piece) {
    int end = piece.offsetByCodePoints(0, room());
    int hyphen = breakAtHyphens ? piece.lastIndexOf('-', end - 1) : -1;
    boolean follows = hyphen > 0 && piece.chars().limit(hyphen).anyMatch(c -> c != '-');
    return follows ? hyphen + 1 : end;
  }

  private int room() {
    if (Compare.ordered(width, 1L, Kind.LT)) {
      return 1;
    }
    if (!Numbers.isInteger(width)) {
      throw JinjaException.type(
          "slice indices must be integers or None or have an __index__ method");
    }
    return (int) Numbers.clamp(width) - lineLength;
  }
}
