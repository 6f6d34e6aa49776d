package dev.sifter.train.eval.ifeval;

import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Instructions about words, letters and signs that must or must not occur. */
final class KeywordChecks {
  private KeywordChecks() {}

  /** Keywords are patterns, as in the harness; case is ignored. */
  private static Pattern ignoringCase(String regex) {
    return Pattern.compile(
        regex, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNICODE_CHARACTER_CLASS);
  }

  /** Every keyword occurs, be it within a word. */
  static Instruction existence(Arguments arguments) {
    List<Pattern> keywords =
        arguments.texts("keywords").stream().map(KeywordChecks::ignoringCase).toList();
    return response -> keywords.stream().allMatch(keyword -> keyword.matcher(response).find());
  }

  /** A keyword occurs so often. */
  static Instruction frequency(Arguments arguments) {
    Pattern keyword = ignoringCase(arguments.text("keyword").strip());
    IntPredicate wanted = arguments.comparison("relation", "frequency");
    return response -> wanted.test((int) keyword.matcher(response).results().count());
  }

  /** None of the words occurs as a whole word. */
  static Instruction forbiddenWords(Arguments arguments) {
    Pattern any =
        ignoringCase(
            arguments.texts("forbidden_words").stream()
                .collect(Collectors.joining("|", "\\b(?:", ")\\b")));
    return response -> !any.matcher(response).find();
  }

  /** A letter occurs so often, large or small. */
  static Instruction letterFrequency(Arguments arguments) {
    int letter = arguments.text("letter").strip().toLowerCase(Locale.ROOT).codePointAt(0);
    IntPredicate wanted = arguments.comparison("let_relation", "let_frequency");
    return response ->
        wanted.test(
            (int) response.toLowerCase(Locale.ROOT).codePoints().filter(c -> c == letter).count());
  }

  static Instruction noComma(Arguments arguments) {
    return response -> response.indexOf(',') < 0;
  }
}
