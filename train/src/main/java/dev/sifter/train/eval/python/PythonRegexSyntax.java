package dev.sifter.train.eval.python;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites what regular expressions of Python and Java spell or mean differently: named groups,
 * {@code \Z}, braces that count nothing, sets in sets, and what letters and white space are.
 */
public final class PythonRegexSyntax {
  /** Python's {@code \w} has no combining marks, but every kind of number. */
  private static final String WORD = "_\\p{L}\\p{N}";

  /** All others, for sets: a set within a negated set has no meaning in Java. */
  private static final String NO_WORD =
      "\\p{M}\\p{S}\\p{Z}\\p{C}\\p{Pd}\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Po}"
          + "\\u203f\\u2040\\u2054\\ufe33\\ufe34\\ufe4d-\\ufe4f\\uff3f";

  /** The separators of ASCII are white space in Python. */
  private static final String SPACE = "\\s\\x1c-\\x1f";

  /** Flags of the whole expression, which Python takes at its beginning alone. */
  private static final Pattern OF_LINES =
      Pattern.compile("\\(\\?[a-zA-Z]*m[a-zA-Z]*\\).*", Pattern.DOTALL);

  private static final Pattern COUNT = Pattern.compile("\\{([0-9]*)(,?)([0-9]*)}");

  private final String python;
  private final boolean ofLines;
  private final StringBuilder java = new StringBuilder();
  private int at;
  private boolean inSet;

  private PythonRegexSyntax(String python) {
    this.python = python;
    this.ofLines = OF_LINES.matcher(python).matches();
  }

  /** The expression in Java's syntax, with {@link Pattern#UNICODE_CHARACTER_CLASS}. */
  public static String toJava(String python) {
    PythonRegexSyntax syntax = new PythonRegexSyntax(python);
    while (syntax.at < python.length()) {
      syntax.next();
    }
    return syntax.java.toString();
  }

  private void next() {
    char c = python.charAt(at);
    if (c == '\\' && at + 1 < python.length()) {
      java.append(inSet ? escapeInSet(python.charAt(at + 1)) : escape(python.charAt(at + 1)));
      at += 2;
    } else if (inSet) {
      inSet = c != ']';
      java.append(c == '[' || c == '&' ? "\\" : "").append(c);
      at++;
    } else if (c == '[') {
      openSet();
    } else if (c == '{') {
      brace();
    } else if (c == '^' && ofLines) {
      // To Java, no line begins after a line end that is the last character, nor in an empty text.
      java.append("(?<![^\\n])");
      at++;
    } else if (python.startsWith("(?P<", at)) {
      int end = Math.max(python.indexOf('>', at), at + 4);
      java.append("(?<").append(name(at + 4, end));
      at = end;
    } else if (python.startsWith("(?P=", at)) {
      int end = Math.max(python.indexOf(')', at), at + 4);
      java.append("\\k<").append(name(at + 4, end)).append('>');
      at = end + 1;
    } else {
      java.append(c);
      at++;
    }
  }

  /** A group's name: Java's have no underscores. */
  private String name(int from, int to) {
    return python.substring(from, to).replace("_", "U5F");
  }

  private static String escape(char c) {
    return switch (c) {
      case 'w' -> "[" + WORD + "]";
      case 'W' -> "[^" + WORD + "]";
      case 's' -> "[" + SPACE + "]";
      case 'S' -> "[^" + SPACE + "]";
      case 'b' -> "(?:(?<=[%1$s])(?![%1$s])|(?<![%1$s])(?=[%1$s]))".formatted(WORD);
      case 'B' -> "(?:(?<=[%1$s])(?=[%1$s])|(?<![%1$s])(?![%1$s]))".formatted(WORD);
      case 'Z' -> "\\z";
      default -> "\\" + c;
    };
  }

  private static String escapeInSet(char c) {
    return switch (c) {
      case 'w' -> WORD;
      case 'W' -> NO_WORD;
      case 's' -> SPACE;
      case 'b' -> "\\x08";
      default -> "\\" + c;
    };
  }

  /** A bracket that opens a set may be followed by ^ and by a literal closing bracket. */
  private void openSet() {
    inSet = true;
    java.append('[');
    at++;
    if (python.startsWith("^", at)) {
      java.append('^');
      at++;
    }
    if (python.startsWith("]", at)) {
      java.append("\\]");
      at++;
    }
  }

  /** A brace is one, unless it counts. */
  private void brace() {
    Matcher count = COUNT.matcher(python).region(at, python.length());
    if (count.lookingAt() && count.end() > at + 2) {
      String least = count.group(1).isEmpty() ? "0" : count.group(1);
      java.append('{').append(least).append(count.group(2)).append(count.group(3)).append('}');
      at = count.end();
    } else {
      java.append("\\{");
      at++;
    }
  }
}
