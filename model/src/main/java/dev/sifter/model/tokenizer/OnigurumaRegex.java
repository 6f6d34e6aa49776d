package dev.sifter.model.tokenizer;

import static dev.sifter.model.tokenizer.UnicodeProperties.DIGIT;
import static dev.sifter.model.tokenizer.UnicodeProperties.HEX;
import static dev.sifter.model.tokenizer.UnicodeProperties.SPACE;
import static dev.sifter.model.tokenizer.UnicodeProperties.WORD;
import static dev.sifter.model.tokenizer.UnicodeProperties.WORD_ALONE;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.regex.Matcher;
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
 * case is folded beyond ASCII, which is written out, a letter at a time; {@code X{n,m}+} repeats,
 * it is not possessive. One letter whose other case is two (ß, ss) matches by itself only.
 */
final class OnigurumaRegex {
  private static final Pattern CODE_POINT =
      Pattern.compile("\\\\(x\\{\\p{XDigit}{1,6}}|x\\p{XDigit}{2}|u\\p{XDigit}{4})");

  private final String source;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int atomStart;
  private boolean ignoresCase;
  private final Deque<Boolean> ignoredCaseOutside = new ArrayDeque<>();

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
      return Pattern.compile(java, Pattern.MULTILINE | Pattern.UNIX_LINES);
    } catch (PatternSyntaxException e) {
      throw new TokenizerException(
          "%s: the regular expression %s cannot be used: %s"
              .formatted(path, source, e.getDescription()),
          e);
    }
  }

  private String translate() {
    while (at < source.length()) {
      char c = source.charAt(at);
      switch (c) {
        case '\\' -> escape();
        case '[' -> {
          atomStart = out.length();
          characterClass();
          if (ignoresCase) {
            out.replace(atomStart, out.length(), CaseFolding.bracket(out.substring(atomStart)));
          }
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
          ignoresCase = !ignoredCaseOutside.isEmpty() && ignoredCaseOutside.pop();
          out.append(c);
          at++;
        }
        default -> {
          atomStart = out.length();
          int cp = source.codePointAt(at);
          literal(cp, Character.charCount(cp));
        }
      }
    }
    return out.toString();
  }

  /** A character outside brackets, which stands for its other cases too where case is ignored. */
  private void literal(int cp, int consumed) {
    String cases = ignoresCase ? CaseFolding.cases(cp) : Character.toString(cp);
    append(cases.length() > Character.charCount(cp) ? "[" + cases + "]" : cases, consumed);
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
      case 'w' -> append("[" + WORD_ALONE + "]", 2);
      case 'W' -> append("[^" + WORD_ALONE + "]", 2);
      case 'h' -> append("[" + HEX + "]", 2);
      case 'H' -> append("[^" + HEX + "]", 2);
      case 'b' -> append(boundary(true), 2);
      case 'B' -> append(boundary(false), 2);
      case 'p', 'P' -> property(true);
      case 'Z', 'z', 'A', 'G', 'R', 'X', 'Q', 'E' -> plainAnchor(c);
      default -> literalEscape(true);
    }
  }

  private void plainAnchor(char c) {
    if (c == 'Q' || c == 'E') {
      throw unsupported("\\" + c);
    }
    append("\\" + c, 2);
  }

  private static String boundary(boolean at) {
    String before = "(?<=[" + WORD_ALONE + "])";
    String notBefore = "(?<![" + WORD_ALONE + "])";
    String after = "(?=[" + WORD_ALONE + "])";
    String notAfter = "(?![" + WORD_ALONE + "])";
    return at
        ? "(?:" + before + notAfter + "|" + notBefore + after + ")"
        : "(?:" + before + after + "|" + notBefore + notAfter + ")";
  }

  /**
   * {@code \p{Name}}, {@code \p{^Name}} or {@code \P{Name}}.
   *
   * @param alone whether it stands outside of brackets
   */
  private void property(boolean alone) {
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

  /**
   * An escape that both dialects read alike, or one of a character that needs none.
   *
   * @param alone whether it stands outside of brackets
   */
  private void literalEscape(boolean alone) {
    char c = following();
    Matcher code = CODE_POINT.matcher(source).region(at, source.length());
    if (code.lookingAt()) {
      int cp = HexFormat.fromHexDigits(code.group().replaceAll("[^\\p{XDigit}]", ""));
      if (alone && Character.isLetter(cp)) {
        literal(cp, code.end() - at);
      } else {
        copyThrough(code.end() - 1);
      }
    } else if (c == 'k' || Character.isDigit(c) && c != '0') {
      if (ignoresCase) {
        throw unsupported("a back reference under (?i)");
      }
      copyThrough(c == 'k' ? source.indexOf('>', at) : at + 1);
    } else if (c == 'c') {
      copyThrough(at + 2);
    } else if ("nrtfaexu0v".indexOf(c) >= 0) {
      append(c == 'v' ? "\\x0B" : "\\" + c, 2);
    } else if (Character.isLetterOrDigit(c)) {
      throw unsupported("\\" + c);
    } else {
      int cp = source.codePointAt(at + 1);
      out.append('\\').appendCodePoint(cp);
      at += 1 + Character.charCount(cp);
    }
  }

  /** Takes what both dialects read alike as it is. */
  private void copyThrough(int last) {
    if (last < at || last >= source.length()) {
      throw unsupported("\\" + following() + " that does not end");
    }
    append(source.substring(at, last + 1), last + 1 - at);
  }

  /** The start of a group, with its inline options. */
  private void group() {
    atomStart = -1;
    if (!source.startsWith("(?", at)) {
      ignoredCaseOutside.push(ignoresCase);
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
      options(source.substring(at + 2, end), source.charAt(end) == ':');
      at = end + 1;
    } else {
      ignoredCaseOutside.push(ignoresCase);
      boolean looksBehind = source.startsWith("(?<=", at) || source.startsWith("(?<!", at);
      boolean named = source.startsWith("(?<", at) && !looksBehind;
      copyThrough(named ? source.indexOf('>', at) : at + 1);
    }
  }

  /** {@code (?m-i:} or {@code (?m-i)}; that case is ignored is written out, not set. */
  private void options(String flags, boolean opensGroup) {
    if (flags.indexOf('x') >= 0) {
      throw unsupported("(?x)");
    }
    if (opensGroup) {
      ignoredCaseOutside.push(ignoresCase);
    }
    int off = flags.indexOf('-') < 0 ? flags.length() : flags.indexOf('-');
    int ignored = flags.indexOf('i');
    ignoresCase = ignored < 0 ? ignoresCase : ignored < off;
    String others = flags.replace("i", "").replace('m', 's').replaceFirst("-$", "");
    if (opensGroup) {
      out.append("(?").append(others).append(':');
    } else if (!others.isEmpty()) {
      out.append("(?").append(others).append(')');
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
      default -> literalEscape(false);
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
