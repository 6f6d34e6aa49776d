package dev.sifter.model.tokenizer;

import static dev.sifter.model.tokenizer.UnicodeProperties.DIGIT;
import static dev.sifter.model.tokenizer.UnicodeProperties.HEX;
import static dev.sifter.model.tokenizer.UnicodeProperties.SPACE;
import static dev.sifter.model.tokenizer.UnicodeProperties.WORD;
import static dev.sifter.model.tokenizer.UnicodeProperties.WORD_ALONE;

import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The part of {@link OnigurumaRegex} for character classes, with the escapes that they share. */
abstract class OnigurumaBrackets {
  private static final Pattern CODE_POINT =
      Pattern.compile("\\\\(x\\{\\p{XDigit}{1,6}}|x\\p{XDigit}{2}|u\\p{XDigit}{4})");

  final String source;
  final StringBuilder out = new StringBuilder();
  int at;

  OnigurumaBrackets(String source) {
    this.source = source;
  }

  /** A bracketed class, with nested classes. */
  final void characterClass() {
    append("[", 1);
    if (at < source.length() && source.charAt(at) == '^') {
      append("^", 1);
    }
    if (at < source.length() && source.charAt(at) == ']') {
      append("\\]", 1);
    }
    while (at < source.length() && source.charAt(at) != ']') {
      char c = source.charAt(at);
      if (source.startsWith("[:", at) && source.indexOf(":]", at) > 0) {
        posixBracket();
      } else if (c == '[') {
        characterClass();
      } else if (c == '\\') {
        classEscape();
      } else if (c == '&' && source.startsWith("&&", at)) {
        append("&&", 2);
      } else if (c == '&' || c == '^') {
        append("\\" + c, 1);
      } else {
        int cp = source.codePointAt(at);
        out.appendCodePoint(cp);
        at += Character.charCount(cp);
      }
    }
    if (at == source.length()) {
      throw unsupported("[ without ]");
    }
    append("]", 1);
  }

  private void posixBracket() {
    int close = source.indexOf(":]", at);
    String name = source.substring(at + 2, close);
    boolean negated = name.startsWith("^");
    String posix = UnicodeProperties.posix(negated ? name.substring(1) : name);
    if (posix == null) {
      throw unsupported("[:" + name + ":]");
    }
    append("[" + (negated ? "^" : "") + posix + "]", close + 2 - at);
  }

  private void classEscape() {
    switch (following()) {
      case 's' -> append(SPACE, 2);
      case 'S' -> append("[^" + SPACE + "]", 2);
      case 'd' -> append(DIGIT, 2);
      case 'D' -> append("\\P{Nd}", 2);
      case 'w' -> append(WORD, 2);
      case 'W' -> append("[^" + WORD + "]", 2);
      case 'h' -> append(HEX, 2);
      case 'b' -> append("\\x08", 2);
      case 'p', 'P' -> property(false);
      default -> literalEscape();
    }
  }

  /**
   * {@code \p{Name}}, {@code \p{^Name}} or {@code \P{Name}}.
   *
   * @param alone whether it stands outside of brackets
   */
  final void property(boolean alone) {
    boolean negated = following() == 'P';
    int close = source.indexOf('}', at);
    if (at + 2 >= source.length() || source.charAt(at + 2) != '{' || close < 0) {
      throw unsupported("\\p without braces");
    }
    String name = source.substring(at + 3, close);
    if (name.startsWith("^")) {
      negated = !negated;
      name = name.substring(1);
    }
    String named = UnicodeProperties.named(name);
    String set = alone && named.equals(WORD) ? WORD_ALONE : named;
    append((negated ? "[^" : "[") + set + "]", close + 1 - at);
  }

  /** An escape that both dialects read alike, or one of a character that needs none. */
  final void literalEscape() {
    char c = following();
    Matcher code = CODE_POINT.matcher(source).region(at, source.length());
    if (code.lookingAt()) {
      int cp = HexFormat.fromHexDigits(code.group().replaceAll("[^\\p{XDigit}]", ""));
      numbered(cp, code.end());
    } else if (c == 'k' || Character.isDigit(c) && c != '0') {
      backReference(c == 'k' ? source.indexOf('>', at) : at + 1);
    } else if (c == 'c') {
      copyThrough(at + 2);
    } else if (c == '0') {
      octal();
    } else if ("nrtfaexuv".indexOf(c) >= 0) {
      append(c == 'v' ? "\\x0B" : "\\" + c, 2);
    } else if (Character.isLetterOrDigit(c)) {
      throw unsupported("\\" + c);
    } else {
      int cp = source.codePointAt(at + 1);
      out.append('\\').appendCodePoint(cp);
      at += 1 + Character.charCount(cp);
    }
  }

  /** {@code \0} with up to two octal digits. */
  private void octal() {
    int end = at + 2;
    while (end < source.length() && end < at + 4 && "01234567".indexOf(source.charAt(end)) >= 0) {
      end++;
    }
    append("\\x%02x".formatted(Integer.parseInt(source, at + 1, end, 8)), end - at);
  }

  /** A code point written as its number. */
  void numbered(int cp, int end) {
    copyThrough(end - 1);
  }

  void backReference(int last) {
    copyThrough(last);
  }

  /** Takes what both dialects read alike as it is. */
  final void copyThrough(int last) {
    if (last < at || last >= source.length()) {
      throw unsupported("\\" + following() + " that does not end");
    }
    append(source.substring(at, last + 1), last + 1 - at);
  }

  final char following() {
    if (at + 1 >= source.length()) {
      throw unsupported("\\ at the end");
    }
    return source.charAt(at + 1);
  }

  final void append(String java, int consumed) {
    out.append(java);
    at += consumed;
  }

  final PatternSyntaxException unsupported(String what) {
    return new PatternSyntaxException(what + " is not supported", source, at);
  }
}
