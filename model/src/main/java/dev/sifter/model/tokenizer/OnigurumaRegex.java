package dev.sifter.model.tokenizer;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Translates regular expressions from Oniguruma's Ruby syntax, which {@code tokenizer.json} uses,
 * to Java's.
 *
 * <p>The two agree on most of what pre-tokenizers contain. This class mends what differs: {@code \s
 * \d \w \h} are Unicode classes there, {@code \p{L}} and its like the same in both (JDK 25 and
 * Oniguruma 6.9.10 hold the tables of Unicode 16); {@code (?m)} means that the dot takes newlines;
 * {@code ^} and {@code $} are always those of lines, and the only line end is {@code \n}; letter
 * case is folded beyond ASCII; {@code X{n,m}+} repeats, it is not possessive.
 */
final class OnigurumaRegex {
  private static final String SPACE =
      "\\t-\\r\\x20\\x85\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000";
  private static final String WORD =
      "\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}\\xB2\\xB3\\xB9\\xBC-\\xBE";
  private static final String DIGIT = "\\p{Nd}";
  private static final String HEX = "0-9a-fA-F";
  private static final Map<String, String> POSIX =
      Map.ofEntries(
          Map.entry("alpha", "\\p{IsAlphabetic}"),
          Map.entry("digit", DIGIT),
          Map.entry("alnum", "\\p{IsAlphabetic}\\p{Nd}"),
          Map.entry("space", SPACE),
          Map.entry("upper", "\\p{IsUppercase}"),
          Map.entry("lower", "\\p{IsLowercase}"),
          Map.entry("punct", "\\p{P}$+<=>^`|~"),
          Map.entry("word", WORD),
          Map.entry("xdigit", HEX),
          Map.entry("cntrl", "\\p{Cc}"),
          Map.entry("ascii", "\\x00-\\x7F"),
          Map.entry("blank", "\\t\\p{Zs}"));

  private final String source;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int atomStart;

  private OnigurumaRegex(String source) {
    this.source = source;
  }

  /**
   * Compiles an Oniguruma expression.
   *
   * @param path the key path that an error names
   * @throws TokenizerException if the expression is malformed or has no exact translation
   */
  static Pattern compile(String source, String path) {
    try {
      String java = new OnigurumaRegex(source).translate();
      return Pattern.compile(java, Pattern.MULTILINE | Pattern.UNIX_LINES | Pattern.UNICODE_CASE);
    } catch (PatternSyntaxException e) {
      throw new TokenizerException(
          "%s: the regular expression %s cannot be used: %s"
              .formatted(path, source, e.getDescription()),
          e);
    }
  }

  /** The expression {@code source} in Java's syntax. */
  static String translate(String source) {
    return new OnigurumaRegex(source).translate();
  }

  private String translate() {
    while (at < source.length()) {
      char c = source.charAt(at);
      switch (c) {
        case '\\' -> escape();
        case '[' -> {
          atomStart = out.length();
          characterClass();
        }
        case '(' -> group();
        case '{' -> braces();
        case '*', '+', '?' -> {
          out.append(c);
          at++;
        }
        case ')' -> {
          // The group's start is not tracked, so an interval on a group cannot be rewritten.
          atomStart = -1;
          out.append(c);
          at++;
        }
        default -> {
          atomStart = out.length();
          int cp = source.codePointAt(at);
          out.appendCodePoint(cp);
          at += Character.charCount(cp);
        }
      }
    }
    return out.toString();
  }

  /** An escape outside brackets. */
  private void escape() {
    atomStart = out.length();
    char c = following();
    switch (c) {
      case 's' -> append("[" + SPACE + "]", 2);
      case 'S' -> append("[^" + SPACE + "]", 2);
      case 'd' -> append(DIGIT, 2);
      case 'D' -> append("\\P{Nd}", 2);
      case 'w' -> append("[" + WORD + "]", 2);
      case 'W' -> append("[^" + WORD + "]", 2);
      case 'h' -> append("[" + HEX + "]", 2);
      case 'H' -> append("[^" + HEX + "]", 2);
      case 'b' -> append(boundary(true), 2);
      case 'B' -> append(boundary(false), 2);
      case 'p', 'P' -> property();
      case 'Z', 'z', 'A', 'G', 'R', 'X', 'Q', 'E' -> plainAnchor(c);
      default -> literalEscape();
    }
  }

  private void plainAnchor(char c) {
    if (c == 'Q' || c == 'E') {
      throw unsupported("\\" + c);
    }
    append("\\" + c, 2);
  }

  private static String boundary(boolean at) {
    String before = "(?<=[" + WORD + "])";
    String notBefore = "(?<![" + WORD + "])";
    String after = "(?=[" + WORD + "])";
    String notAfter = "(?![" + WORD + "])";
    return at
        ? "(?:" + before + notAfter + "|" + notBefore + after + ")"
        : "(?:" + before + after + "|" + notBefore + notAfter + ")";
  }

  /** {@code \p{Name}}, {@code \p{^Name}} or {@code \P{Name}}. */
  private void property() {
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
    String posix = POSIX.get(name.toLowerCase(java.util.Locale.ROOT));
    if (posix != null) {
      out.append(negated ? "[^" : "[").append(posix).append(']');
    } else {
      // One or two letters are a general category; a longer word is a script or binary property.
      String java = name.length() <= 2 ? name : "Is" + name.replace(' ', '_');
      out.append(negated ? "\\P{" : "\\p{").append(java).append('}');
    }
    at = close + 1;
  }

  /** An escape that both dialects read alike, or one of a character that needs none. */
  private void literalEscape() {
    char c = following();
    if (c == 'x' && at + 2 < source.length() && source.charAt(at + 2) == '{') {
      int close = source.indexOf('}', at);
      if (close < 0) {
        throw unsupported("\\x{ without }");
      }
      append(source.substring(at, close + 1), close + 1 - at);
    } else if ("nrtfaexu0cv123456789k".indexOf(c) >= 0) {
      append(c == 'v' ? "\\x0B" : "\\" + c, 2);
    } else if (Character.isLetterOrDigit(c)) {
      throw unsupported("\\" + c);
    } else {
      int cp = source.codePointAt(at + 1);
      out.append('\\').appendCodePoint(cp);
      at += 1 + Character.charCount(cp);
    }
  }

  /** The start of a group, with its inline options. */
  private void group() {
    atomStart = -1;
    if (!source.startsWith("(?", at)) {
      append("(", 1);
      return;
    }
    if (source.startsWith("(?#", at)) {
      int close = source.indexOf(')', at);
      at = close < 0 ? source.length() : close + 1;
      return;
    }
    int end = at + 2;
    while (end < source.length() && "imx-".indexOf(source.charAt(end)) >= 0) {
      end++;
    }
    boolean options =
        end > at + 2
            && end < source.length()
            && (source.charAt(end) == ':' || source.charAt(end) == ')');
    if (options) {
      String flags = source.substring(at + 2, end);
      if (flags.indexOf('x') >= 0) {
        throw unsupported("(?x)");
      }
      append("(?" + flags.replace('m', 's'), end - at);
    } else {
      append("(?", 2);
    }
  }

  /** An interval, or a literal brace. */
  private void braces() {
    int close = source.indexOf('}', at);
    String body = close < 0 ? "" : source.substring(at + 1, close);
    if (!body.matches("\\d+|\\d+,\\d*|,\\d+")) {
      atomStart = out.length();
      append("\\{", 1);
      return;
    }
    String interval = "{" + (body.startsWith(",") ? "0" : "") + body + "}";
    boolean repeated = close + 1 < source.length() && source.charAt(close + 1) == '+';
    if (repeated) {
      if (atomStart < 0) {
        throw unsupported("{n,m}+ after a group");
      }
      out.insert(atomStart, "(?:").append(interval).append(")");
      at = close + 1;
    } else {
      append(interval, close + 1 - at);
    }
  }

  /** A bracketed class, with nested classes. */
  private void characterClass() {
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
    String posix = POSIX.get(negated ? name.substring(1) : name);
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
      case 'p', 'P' -> property();
      default -> literalEscape();
    }
  }

  private char following() {
    if (at + 1 >= source.length()) {
      throw unsupported("\\ at the end");
    }
    return source.charAt(at + 1);
  }

  private void append(String java, int consumed) {
    out.append(java);
    at += consumed;
  }

  private PatternSyntaxException unsupported(String what) {
    return new PatternSyntaxException(what + " is not supported", source, at);
  }
}
