package dev.sifter.kernels.gpu.emulator;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts PTX text into tokens and keeps their lines. */
final class PtxLexer {
  private static final Pattern TOKEN =
      Pattern.compile(
          """
          (?<space>\\s+|//[^\\n]*|/\\*(?s:.*?)\\*/)\
          |(?<number>0[fF][0-9a-fA-F]{8}|0[xX][0-9a-fA-F]+U?|\\d+\\.\\d*(?:[eE][+-]?\\d+)?|\\d+U?)\
          |(?<word>[.%$_a-zA-Z][\\w.%$]*(?:::\\w[\\w.]*)*)\
          |(?<string>"[^"\\n]*")\
          |(?<mark>[,;:{}()<>|!@+\\-=]|\\[|\\])\
          """);

  private final Matcher matcher;
  private final int length;
  private int line = 1;
  private int tokenLine = 1;
  private String token;

  PtxLexer(String text) {
    matcher = TOKEN.matcher(text);
    length = text.length();
    advance();
  }

  /** The token at hand; empty at the end of the text. */
  String token() {
    return token;
  }

  /** Line of the token at hand, from 1. */
  int line() {
    return tokenLine;
  }

  boolean atEnd() {
    return token.isEmpty();
  }

  /** Whether the token at hand begins like a name, a directive or a register. */
  boolean atWord() {
    return !atEnd()
        && (Character.isLetter(token.charAt(0)) || ".%$_".indexOf(token.charAt(0)) >= 0);
  }

  /** Takes the token at hand. */
  String next() {
    String taken = token;
    advance();
    return taken;
  }

  /** Takes the token at hand if it is {@code expected}. */
  boolean accept(String expected) {
    if (token.equals(expected)) {
      advance();
      return true;
    }
    return false;
  }

  /** Takes the token at hand, which must be {@code expected}. */
  void expect(String expected) {
    if (!accept(expected)) {
      throw refuse("'%s' expected, not '%s'".formatted(expected, token));
    }
  }

  /** Takes a name. */
  String word(String what) {
    if (!atWord()) {
      throw refuse("%s expected, not '%s'".formatted(what, token));
    }
    return next();
  }

  /** Takes a whole number that is not negative. */
  int integer(String what) {
    if (atEnd() || !Character.isDigit(token.charAt(0))) {
      throw refuse("%s expected, not '%s'".formatted(what, token));
    }
    return Math.toIntExact(number(next()));
  }

  /** The value of a whole number as written. */
  long number(String text) {
    String digits = text.endsWith("U") ? text.substring(0, text.length() - 1) : text;
    try {
      return digits.startsWith("0x") || digits.startsWith("0X")
          ? Long.parseUnsignedLong(digits, 2, digits.length(), 16)
          : Long.parseUnsignedLong(digits);
    } catch (NumberFormatException tooLarge) {
      throw refuse("the number %s does not fit 64 bits".formatted(text));
    }
  }

  PtxSyntaxException refuse(String message) {
    return new PtxSyntaxException(tokenLine, message);
  }

  private void advance() {
    while (true) {
      if (matcher.regionStart() == length) {
        token = "";
        tokenLine = line;
        return;
      }
      tokenLine = line;
      if (!matcher.lookingAt()) {
        throw refuse("a character that PTX does not have here");
      }
      String found = matcher.group();
      line += (int) found.chars().filter(c -> c == '\n').count();
      matcher.region(matcher.end(), length);
      if (!isSpace(found)) {
        token = found;
        return;
      }
    }
  }

  private static boolean isSpace(String found) {
    return Character.isWhitespace(found.charAt(0))
        || found.startsWith("//")
        || found.startsWith("/*");
  }
}
