package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** Text as Python sees it: code points, Python's white space, literal separators. */
final class PyStr {
  private PyStr() {}

  /** Python's 29 white-space code points; all lie in the basic plane. */
  static boolean isSpace(int c) {
    if (c <= 0x20) {
      return c == 0x20 || c >= 9 && c <= 13 || c >= 0x1c;
    }
    if (c < 0x1680) {
      return c == 0x85 || c == 0xa0;
    }
    return c >= 0x2000 && c <= 0x200a
        || c == 0x1680
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }

  static boolean isPrintable(int cp) {
    if (cp == ' ') {
      return true;
    }
    return switch (Character.getType(cp)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /** Length in code points. */
  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  static Iterator<Object> iterate(String text) {
    return new Iterator<>() {
      private int at;

      @Override
      public boolean hasNext() {
        return at < text.length();
      }

      @Override
      public Object next() {
        if (at >= text.length()) {
          throw new NoSuchElementException();
        }
        int end = text.offsetByCodePoints(at, 1);
        String item = text.substring(at, end);
        at = end;
        return item;
      }
    };
  }

  /** Strips white space, or the code points in {@code set}, from the chosen sides. */
  static String strip(String text, String set, boolean left, boolean right) {
    int start = 0;
    int end = text.length();
    while (left && start < end) {
      int cp = text.codePointAt(start);
      if (!strips(cp, set)) {
        break;
      }
      start += Character.charCount(cp);
    }
    while (right && end > start) {
      int cp = text.codePointBefore(end);
      if (!strips(cp, set)) {
        break;
      }
      end -= Character.charCount(cp);
    }
    return text.substring(start, end);
  }

  private static boolean strips(int cp, String set) {
    return set == null ? isSpace(cp) : set.indexOf(cp) >= 0;
  }

  /**
   * {@code split(sep, max)}; {@code max} below zero is no limit, a null separator is white space.
   */
  static List<Object> split(String text, String separator, long max) {
    return separator == null ? splitSpace(text, max) : splitAt(text, separator, max);
  }

  private static List<Object> splitAt(String text, String separator, long max) {
    List<Object> parts = new ArrayList<>();
    int from = 0;
    for (int at = text.indexOf(separator);
        at >= 0 && (max < 0 || parts.size() < max);
        at = text.indexOf(separator, from)) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static List<Object> splitSpace(String text, long max) {
    List<Object> parts = new ArrayList<>();
    int at = skipSpace(text, 0);
    while (at < text.length()) {
      if (max >= 0 && parts.size() >= max) {
        parts.add(text.substring(at));
        break;
      }
      int end = at;
      while (end < text.length() && !isSpace(text.charAt(end))) {
        end++;
      }
      parts.add(text.substring(at, end));
      at = skipSpace(text, end);
    }
    return parts;
  }

  private static int skipSpace(String text, int from) {
    int at = from;
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  static List<Object> rsplit(String text, String separator, long max) {
    if (max < 0) {
      return split(text, separator, -1);
    }
    List<Object> parts =
        separator == null ? rsplitSpace(text, max) : rsplitAt(text, separator, max);
    Collections.reverse(parts);
    return parts;
  }

  /** The parts from the last to the first. */
  private static List<Object> rsplitAt(String text, String separator, long max) {
    List<Object> parts = new ArrayList<>();
    int end = text.length();
    int at = text.lastIndexOf(separator);
    while (at >= 0 && parts.size() < max) {
      parts.add(text.substring(at + separator.length(), end));
      end = at;
      at = end < separator.length() ? -1 : text.lastIndexOf(separator, end - separator.length());
    }
    parts.add(text.substring(0, end));
    return parts;
  }

  /** The parts from the last to the first. */
  private static List<Object> rsplitSpace(String text, long max) {
    List<Object> parts = new ArrayList<>();
    int end = skipSpaceBack(text, text.length());
    while (end > 0) {
      if (parts.size() >= max) {
        parts.add(text.substring(0, end));
        break;
      }
      int start = end;
      while (start > 0 && !isSpace(text.charAt(start - 1))) {
        start--;
      }
      parts.add(text.substring(start, end));
      end = skipSpaceBack(text, start);
    }
    return parts;
  }

  private static int skipSpaceBack(String text, int from) {
    int end = from;
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  static List<Object> splitLines(String text, boolean keepEnds) {
    List<Object> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < text.length(); ) {
      char c = text.charAt(i++);
      if (!isLineBreak(c)) {
        continue;
      }
      int end = i - 1;
      if (c == '\r' && i < text.length() && text.charAt(i) == '\n') {
        i++;
      }
      lines.add(text.substring(start, keepEnds ? i : end));
      start = i;
    }
    if (start < text.length()) {
      lines.add(text.substring(start));
    }
    return lines;
  }

  private static boolean isLineBreak(char c) {
    return c >= 0x0a && c <= 0x0d
        || c >= 0x1c && c <= 0x1e
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  /** {@code replace(old, new, count)}; a negative count is no limit. */
  static String replace(String text, String old, String fresh, long count) {
    if (count == 0 || !old.isEmpty() && text.indexOf(old) < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    long left = count < 0 ? Long.MAX_VALUE : count;
    int from = 0;
    if (old.isEmpty()) {
      while (left-- > 0 && from <= text.length()) {
        out.append(fresh);
        int end = from == text.length() ? from : text.offsetByCodePoints(from, 1);
        out.append(text, from, end);
        Budget.checkSize(out.length());
        from = end == from ? from + 1 : end;
      }
      return out.append(text, Math.min(from, text.length()), text.length()).toString();
    }
    for (int at = text.indexOf(old); at >= 0 && left-- > 0; at = text.indexOf(old, from)) {
      out.append(text, from, at).append(fresh);
      Budget.checkSize(out.length());
      from = at + old.length();
    }
    return out.append(text, from, text.length()).toString();
  }

  static String repeat(String text, long count) {
    long times = Math.clamp(count, 0, Budget.MAX_SIZE + 1L);
    Budget.checkSize(times * text.length());
    return text.isEmpty() ? "" : text.repeat((int) times);
  }
}
