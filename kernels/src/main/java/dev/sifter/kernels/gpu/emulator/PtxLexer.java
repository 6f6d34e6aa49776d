package dev.sifter.kernels.gpu.emulator;

/** Cuts PTX text into tokens and keeps their lines. */
final class PtxLexer {
  private static final String MARKS = ",;:{}()<>|!@+-=[]";

  private final String text;
  private int at;
  private int line = 1;
  private int tokenLine = 1;
  private int tokenBegin;
  private int previousEnd;
  private String token;

  PtxLexer(String text) {
    this.text = text;
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

  /** Where the token at hand begins. */
  int begin() {
    return tokenBegin;
  }

  /** The text from {@code begin} up to the end of the token that was taken last. */
  String textSince(int begin) {
    return text.substring(begin, previousEnd);
  }

  boolean atEnd() {
    return token.isEmpty();
  }

  /** Whether the token at hand begins like a name, a directive or a register. */
  boolean atWord() {
    return !atEnd() && beginsWord(token.charAt(0));
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
    if (atEnd() || !isDigit(token.charAt(0))) {
      throw refuse("%s expected, not '%s'".formatted(what, token));
    }
    long value = number(next());
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw refuse("%s is too large: %s".formatted(what, Long.toUnsignedString(value)));
    }
    return (int) value;
  }

  /** The value of a whole number as written; after a 0, it is hexadecimal, binary or octal. */
  long number(String written) {
    String digits = written.endsWith("U") ? written.substring(0, written.length() - 1) : written;
    try {
      return switch (digits.length() > 1 && digits.charAt(0) == '0' ? digits.charAt(1) : '1') {
        case 'x', 'X' -> Long.parseUnsignedLong(digits, 2, digits.length(), 16);
        case 'b', 'B' -> Long.parseUnsignedLong(digits, 2, digits.length(), 2);
        default -> Long.parseUnsignedLong(digits, digits.startsWith("0") ? 8 : 10);
      };
    } catch (NumberFormatException notOne) {
      throw refuse("%s is no number of 64 bits".formatted(written));
    }
  }

  PtxSyntaxException refuse(String message) {
    return new PtxSyntaxException(tokenLine, message);
  }

  private void advance() {
    previousEnd = at;
    skipSpace();
    tokenLine = line;
    tokenBegin = at;
    if (at == text.length()) {
      token = "";
      return;
    }
    char first = text.charAt(at);
    if (beginsWord(first)) {
      skipWord();
    } else if (isDigit(first)) {
      skipNumber();
    } else if (first == '"') {
      skipString();
    } else if (MARKS.indexOf(first) >= 0) {
      at++;
    } else {
      throw refuse("a character that PTX does not have here: '%c'".formatted(first));
    }
    token = text.substring(tokenBegin, at);
  }

  private void skipSpace() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\n') {
        line++;
        at++;
      } else if (Character.isWhitespace(c)) {
        at++;
      } else if (text.startsWith("//", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (text.startsWith("/*", at)) {
        skipComment();
      } else {
        return;
      }
    }
  }

  private void skipComment() {
    int end = text.indexOf("*/", at + 2);
    if (end < 0) {
      throw new PtxSyntaxException(line, "a comment without end");
    }
    for (int i = at; i < end; i++) {
      if (text.charAt(i) == '\n') {
        line++;
      }
    }
    at = end + 2;
  }

  /** A name may hold dots, and {@code ::} before another letter, as in {@code L2::128B}. */
  private void skipWord() {
    at++;
    while (at < text.length()) {
      if (isInWord(text.charAt(at))) {
        at++;
      } else if (text.startsWith("::", at)
          && at + 2 < text.length()
          && isInWord(text.charAt(at + 2))) {
        at += 2;
      } else {
        return;
      }
    }
  }

  private void skipNumber() {
    while (at < text.length() && (isInNumber(text.charAt(at)))) {
      at++;
    }
  }

  private void skipString() {
    int end = text.indexOf('"', at + 1);
    int lineEnd = text.indexOf('\n', at);
    if (end < 0 || lineEnd >= 0 && lineEnd < end) {
      throw refuse("a string without end");
    }
    at = end + 1;
  }

  private static boolean beginsWord(char c) {
    return isLetter(c) || c == '.' || c == '%' || c == '$' || c == '_';
  }

  private static boolean isInWord(char c) {
    return beginsWord(c) || isDigit(c);
  }

  private static boolean isInNumber(char c) {
    return isLetter(c) || isDigit(c) || c == '.';
  }

  private static boolean isLetter(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
