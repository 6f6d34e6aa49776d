package dev.sifter.model.tokenizer;

import static dev.sifter.model.tokenizer.UnicodeProperties.DIGIT;
import static dev.sifter.model.tokenizer.UnicodeProperties.HEX;
import static dev.sifter.model.tokenizer.UnicodeProperties.SPACE;
import static dev.sifter.model.tokenizer.UnicodeProperties.WORD_ALONE;

import java.util.ArrayDeque;
import java.util.Deque;
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
final class OnigurumaRegex extends OnigurumaBrackets {
  /**
   * What a look-behind of Java's begins with: it goes back by units, as many as it takes for
   * characters, so that it would begin within a surrogate pair and miss the pair's whole. This lets
   * it go back further, and not begin there.
   */
  private static final String WHOLE_CHARACTERS = "(?:[^\\s\\S]{16})?(?![\\uDC00-\\uDFFF])";

  private int atomStart;
  private boolean ignoresCase;
  private final Deque<Boolean> ignoredCaseOutside = new ArrayDeque<>();
  private final Deque<String> closings = new ArrayDeque<>();

  private OnigurumaRegex(String source) {
    super(source);
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
          append(closings.isEmpty() ? ")" : closings.pop(), 1);
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
      default -> literalEscape();
    }
  }

  private void plainAnchor(char c) {
    if (c == 'Q' || c == 'E') {
      throw unsupported("\\" + c);
    }
    append("\\" + c, 2);
  }

  @Override
  void numbered(int cp, int end) {
    if (Character.isLetter(cp)) {
      literal(cp, end - at);
    } else {
      super.numbered(cp, end);
    }
  }

  @Override
  void backReference(int last) {
    if (ignoresCase) {
      throw unsupported("a back reference under (?i)");
    }
    super.backReference(last);
  }

  private static String boundary(boolean at) {
    String before = "(?<=" + WHOLE_CHARACTERS + "[" + WORD_ALONE + "])";
    String notBefore = "(?<!" + WHOLE_CHARACTERS + "[" + WORD_ALONE + "])";
    String after = "(?=[" + WORD_ALONE + "])";
    String notAfter = "(?![" + WORD_ALONE + "])";
    return at
        ? "(?:" + before + notAfter + "|" + notBefore + after + ")"
        : "(?:" + before + after + "|" + notBefore + notAfter + ")";
  }

  /** The start of a group, with its inline options. */
  private void group() {
    atomStart = -1;
    if (!source.startsWith("(?", at)) {
      open("(", 1, ")");
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
      boolean looksBehind = source.startsWith("(?<=", at) || source.startsWith("(?<!", at);
      boolean named = source.startsWith("(?<", at) && !looksBehind;
      if (looksBehind) {
        open(source.substring(at, at + 4) + WHOLE_CHARACTERS + "(?:", 4, "))");
      } else {
        open("", 0, ")");
        copyThrough(named ? source.indexOf('>', at) : at + 1);
      }
    }
  }

  private void open(String java, int consumed, String closing) {
    ignoredCaseOutside.push(ignoresCase);
    closings.push(closing);
    append(java, consumed);
  }

  /** {@code (?m-i:} or {@code (?m-i)}; that case is ignored is written out, not set. */
  private void options(String flags, boolean opensGroup) {
    if (flags.indexOf('x') >= 0) {
      throw unsupported("(?x)");
    }
    if (opensGroup) {
      open("", 0, ")");
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
}
