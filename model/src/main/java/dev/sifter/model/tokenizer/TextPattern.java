package dev.sifter.model.tokenizer;

import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a splitter or a replacement looks for: cuts a range of text into matches and the rest.
 *
 * <p>Reports consecutive ranges that cover {@code [from, to)}, each either a match or not.
 */
@FunctionalInterface
interface TextPattern {

  /** Receives the ranges, left to right. */
  @FunctionalInterface
  interface Ranges {
    /** Takes the range {@code [from, to)}. */
    void range(int from, int to, boolean match);
  }

  /** Cuts {@code text[from, to)}, as if nothing lay around it. */
  void find(AlignedText text, int from, int to, Ranges ranges);

  /** The pattern with matches and the rest exchanged. */
  default TextPattern inverted() {
    return (text, from, to, ranges) ->
        find(text, from, to, (a, b, match) -> ranges.range(a, b, !match));
  }

  /** Every occurrence of {@code literal}; the empty string is before and after each character. */
  static TextPattern literal(String literal) {
    if (literal.isEmpty()) {
      return regex(Pattern.compile(""));
    }
    return (text, from, to, ranges) -> {
      int last = from;
      int limit = to - literal.length();
      for (int i = from; i <= limit; ) {
        if (matches(text.chars, i, literal)) {
          if (last < i) {
            ranges.range(last, i, false);
          }
          last = i + literal.length();
          ranges.range(i, last, true);
          i = last;
        } else {
          i++;
        }
      }
      if (last < to) {
        ranges.range(last, to, false);
      }
    };
  }

  private static boolean matches(char[] chars, int at, String literal) {
    for (int i = 0; i < literal.length(); i++) {
      if (chars[at + i] != literal.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Every match of a regular expression, in text that is not empty. An empty one at the end of the
   * match before it does not count.
   */
  static TextPattern regex(Pattern pattern) {
    return (text, from, to, ranges) -> {
      if (from == to) {
        return;
      }
      // A region with opaque bounds sees nothing around it, like a string of its own.
      Matcher matcher = pattern.matcher(text.toString()).region(from, to);
      int last = from;
      boolean matched = false;
      try {
        while (matcher.find()) {
          boolean empty = matcher.start() == matcher.end();
          if (empty && matched && matcher.start() == last
              || isInsideCodePoint(text.chars, matcher.start(), from)) {
            continue;
          }
          matched = true;
          if (last < matcher.start()) {
            ranges.range(last, matcher.start(), false);
          }
          last = matcher.end();
          ranges.range(matcher.start(), last, true);
        }
      } catch (StackOverflowError e) {
        throw new TokenizerException(
            "the regular expression %s needs too much stack on a text of %d characters"
                .formatted(pattern, to - from),
            e);
      }
      if (last < to) {
        ranges.range(last, to, false);
      }
    };
  }

  /** Whether a position, where Java finds empty matches too, is between two surrogates. */
  private static boolean isInsideCodePoint(char[] chars, int at, int from) {
    return at > from && at < chars.length && Character.isSurrogatePair(chars[at - 1], chars[at]);
  }

  /** Every single character that {@code test} accepts. */
  static TextPattern character(IntPredicate test) {
    return (text, from, to, ranges) -> {
      int last = from;
      for (int i = from; i < to; ) {
        int cp = Character.codePointAt(text.chars, i, to);
        int next = i + Character.charCount(cp);
        if (test.test(cp)) {
          if (last < i) {
            ranges.range(last, i, false);
          }
          ranges.range(i, next, true);
          last = next;
        }
        i = next;
      }
      if (last < to) {
        ranges.range(last, to, false);
      }
    };
  }

  /** Reads a pattern of the file format: {@code {"String": ...}} or {@code {"Regex": ...}}. */
  static TextPattern parse(JsonAt json) {
    if (!json.get("String").absent()) {
      return literal(json.get("String").string());
    }
    if (!json.get("Regex").absent()) {
      return regex(OnigurumaRegex.compile(json.get("Regex").string(), json.path()));
    }
    throw json.wrong("{\"String\": ...} or {\"Regex\": ...}");
  }
}
