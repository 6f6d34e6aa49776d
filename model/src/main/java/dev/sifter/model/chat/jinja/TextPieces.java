package dev.sifter.model.chat.jinja;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The pieces of a line between which it may be broken, as Python's textwrap finds them: white
 * space, and words, which end at a hyphen between letters and at a dash too.
 */
final class TextPieces {
  private final int[] text;

  private TextPieces(String text) {
    this.text = text.codePoints().toArray();
  }

  /** The pieces in their order; {@code atHyphens} is false where only white space parts words. */
  static Deque<String> of(String text, boolean atHyphens) {
    TextPieces pieces = new TextPieces(text);
    Deque<String> found = new ArrayDeque<>();
    for (int from = 0; from < pieces.text.length; ) {
      Budget.visit();
      int end = pieces.end(from, atHyphens);
      found.add(new String(pieces.text, from, end - from));
      from = end;
    }
    return found;
  }

  private int end(int from, boolean atHyphens) {
    int end = from;
    if (isSpace(from)) {
      while (end < text.length && isSpace(end)) {
        end++;
      }
      return end;
    }
    if (atHyphens && isDash(from)) {
      return dashEnd(from);
    }
    for (end++; end < text.length && !isSpace(end); end++) {
      if (atHyphens && isHyphen(end)) {
        return end + 1;
      }
      if (atHyphens && isDash(end)) {
        return end;
      }
    }
    return end;
  }

  private int at(int index) {
    return index >= 0 && index < text.length ? text[index] : -1;
  }

  private boolean isSpace(int index) {
    return "\t\n\u000b\f\r ".indexOf(at(index)) >= 0;
  }

  private boolean isWord(int index) {
    return at(index) >= 0 && Casing.isWord(at(index));
  }

  private boolean isLetter(int index) {
    return isWord(index) && !Casing.isDecimal(at(index));
  }

  /** Whether there are two hyphens or more between words. */
  private boolean isDash(int index) {
    boolean behindWord = isWord(index - 1) || index > 0 && "!\"'&.,?".indexOf(at(index - 1)) >= 0;
    return at(index) == '-' && behindWord && at(index + 1) == '-' && isWord(dashEnd(index));
  }

  private int dashEnd(int index) {
    int end = index;
    while (at(end) == '-') {
      end++;
    }
    return end;
  }

  /** Whether there is a hyphen between letters; of single letters, as in "a-b-c", the second. */
  private boolean isHyphen(int index) {
    return at(index) == '-'
        && isLetter(index - 1)
        && (isLetter(index - 2) || at(index - 2) == '-' && isLetter(index - 3))
        && isLetter(index + 1)
        && (isLetter(index + 2) || at(index + 2) == '-' && isLetter(index + 3));
  }
}
