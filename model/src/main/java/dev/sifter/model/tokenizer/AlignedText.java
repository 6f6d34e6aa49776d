package dev.sifter.model.tokenizer;

import java.util.Arrays;

/**
 * Text that may have been rewritten, with the range of the original that each UTF-16 unit is from.
 *
 * <p>Unrewritten text needs no arrays: unit {@code i} is from unit {@code base + i}. Normalizers
 * and pre-tokenizers that change text build a new instance, giving each new character the range of
 * a character that it replaces; offsets of tokens are read off at the end.
 */
final class AlignedText {
  final char[] chars;
  private final int base;
  private final int[] starts;
  private final int[] ends;
  private String string;

  private AlignedText(char[] chars, int base, int[] starts, int[] ends) {
    this.chars = chars;
    this.base = base;
    this.starts = starts;
    this.ends = ends;
  }

  /** The range {@code [from, to)} of the original text, unchanged. */
  static AlignedText original(char[] text, int from, int to) {
    boolean whole = from == 0 && to == text.length;
    return new AlignedText(whole ? text : Arrays.copyOfRange(text, from, to), from, null, null);
  }

  /** The number of UTF-16 units. */
  int length() {
    return chars.length;
  }

  /** Where in the original the unit {@code i} starts. */
  int start(int i) {
    return starts == null ? base + i : starts[i];
  }

  /** Where in the original the unit {@code i} ends. */
  int end(int i) {
    return ends == null ? base + i + 1 : ends[i];
  }

  /** Where in the original the character at {@code i}, one or two units, ends. */
  int characterEnd(int i) {
    boolean pair =
        Character.isHighSurrogate(chars[i])
            && i + 1 < chars.length
            && Character.isLowSurrogate(chars[i + 1]);
    return end(pair ? i + 1 : i);
  }

  /** The units {@code [from, to)}. */
  AlignedText slice(int from, int to) {
    if (from == 0 && to == chars.length) {
      return this;
    }
    char[] part = Arrays.copyOfRange(chars, from, to);
    return starts == null
        ? new AlignedText(part, base + from, null, null)
        : new AlignedText(
            part, 0, Arrays.copyOfRange(starts, from, to), Arrays.copyOfRange(ends, from, to));
  }

  /** The text with one UTF-16 unit in place of another; this instance if there is none. */
  AlignedText replacing(char from, char to) {
    int i = 0;
    while (i < chars.length && chars[i] != from) {
      i++;
    }
    if (i == chars.length) {
      return this;
    }
    char[] replaced = chars.clone();
    for (; i < replaced.length; i++) {
      if (replaced[i] == from) {
        replaced[i] = to;
      }
    }
    return new AlignedText(replaced, base, starts, ends);
  }

  @Override
  public String toString() {
    if (string == null) {
      string = new String(chars);
    }
    return string;
  }

  /** Builds rewritten text from left to right. */
  static final class Builder {
    private final AlignedText source;
    private char[] chars;
    private int[] starts;
    private int[] ends;
    private int size;

    /** A builder of text that replaces {@code source}. */
    Builder(AlignedText source) {
      this.source = source;
      int capacity = source.length() + 16;
      chars = new char[capacity];
      starts = new int[capacity];
      ends = new int[capacity];
    }

    /** The number of UTF-16 units so far. */
    int size() {
      return size;
    }

    /** Copies the units {@code [from, to)} of the source. */
    void copy(int from, int to) {
      reserve(to - from);
      System.arraycopy(source.chars, from, chars, size, to - from);
      for (int i = from; i < to; i++) {
        starts[size] = source.start(i);
        ends[size++] = source.end(i);
      }
    }

    /** Appends a code point that comes from the character of the source at {@code i}. */
    void append(int codePoint, int i) {
      append(codePoint, source.start(i), source.characterEnd(i));
    }

    /** Appends text, all of which comes from the character of the source at {@code i}. */
    void append(String text, int i) {
      for (int at = 0; at < text.length(); ) {
        int cp = text.codePointAt(at);
        append(cp, i);
        at += Character.charCount(cp);
      }
    }

    /** Appends text that stands before the first character, and comes from none. */
    void appendBefore(String text) {
      int start = source.start(0);
      text.codePoints().forEach(cp -> append(cp, start, start));
    }

    /** Appends a code point that comes from the range {@code [start, end)} of the original. */
    void append(int codePoint, int start, int end) {
      reserve(2);
      int units = Character.toChars(codePoint, chars, size);
      for (int i = 0; i < units; i++) {
        starts[size] = start;
        ends[size++] = end;
      }
    }

    /** The text that was built. */
    AlignedText build() {
      return new AlignedText(
          Arrays.copyOf(chars, size), 0, Arrays.copyOf(starts, size), Arrays.copyOf(ends, size));
    }

    private void reserve(int more) {
      int needed = Math.addExact(size, more);
      if (needed > chars.length) {
        int grown = Math.max(needed, Math.addExact(chars.length, chars.length >> 1));
        chars = Arrays.copyOf(chars, grown);
        starts = Arrays.copyOf(starts, grown);
        ends = Arrays.copyOf(ends, grown);
      }
    }
  }
}
