package dev.sifter.train.eval.ifeval;

import java.util.Optional;
import java.util.function.IntPredicate;

/** Instructions about capital letters and the language. */
final class CaseChecks {
  private static final String ENGLISH = "en";

  private CaseChecks() {}

  /** A text of which no language can be told, such as one of digits, counts as right. */
  private static boolean isIn(String language, String response) {
    Optional<String> found = Languages.detect(response);
    return found.isEmpty() || found.get().equals(language);
  }

  static Instruction responseLanguage(Arguments arguments) {
    String language = arguments.text("language");
    return response -> isIn(language, response);
  }

  static Instruction englishCapital(Arguments arguments) {
    return response -> CapitalWords.isUpper(response) && isIn(ENGLISH, response);
  }

  static Instruction englishLowercase(Arguments arguments) {
    return response -> isLower(response) && isIn(ENGLISH, response);
  }

  /** Python's: there are small letters, and no large ones. */
  private static boolean isLower(String text) {
    return text.codePoints().anyMatch(Character::isLowerCase)
        && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
  }

  static Instruction capitalWordFrequency(Arguments arguments) {
    IntPredicate wanted = arguments.comparison("capital_relation", "capital_frequency");
    return response -> wanted.test(CapitalWords.count(response));
  }
}
