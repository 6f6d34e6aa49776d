package dev.sifter.train.eval.python;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/** A regular expression in Python's syntax, with {@code findall} and {@code sub}. */
public final class PythonRegex {
  private final Pattern pattern;

  private PythonRegex(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * Compiles an expression.
   *
   * @throws IllegalArgumentException if it is not one
   */
  public static PythonRegex compile(String expression) {
    try {
      return new PythonRegex(
          Pattern.compile(
              PythonRegexSyntax.toJava(expression),
              Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "'%s' is no regular expression: %s".formatted(expression, e.getDescription()), e);
    }
  }

  /**
   * Any of these texts to the letter, as a group after a prefix that is an expression; the longest
   * that there is, where one text begins with another.
   */
  public static PythonRegex anyOf(Collection<String> texts, String prefix) {
    String any =
        texts.stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .map(Pattern::quote)
            .collect(Collectors.joining("|"));
    return new PythonRegex(
        Pattern.compile(
            PythonRegexSyntax.toJava(prefix) + "(" + any + ")", Pattern.UNICODE_CHARACTER_CLASS));
  }

  /**
   * All matches from left to right. A match is the list of its groups, those that took no part
   * empty; or of the whole match alone where the expression has no groups.
   */
  public List<List<String>> findAll(String text) {
    List<List<String>> matches = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      List<String> groups = new ArrayList<>();
      for (int g = Math.min(1, matcher.groupCount()); g <= matcher.groupCount(); g++) {
        groups.add(matcher.group(g) == null ? "" : matcher.group(g));
      }
      matches.add(groups);
    }
    return matches;
  }

  /** The text without its matches. */
  public String remove(String text) {
    return pattern.matcher(text).replaceAll("");
  }
}
