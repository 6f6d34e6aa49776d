package dev.sifter.train.options;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The words that YAML has for true and false, in any case: Python's True and False among them. */
public final class FlagWords {
  private static final Set<String> YES = Set.of("true", "yes", "on", "y");
  private static final Set<String> NO = Set.of("false", "no", "off", "n");

  private FlagWords() {}

  /** What a word means; empty if it is none of them. */
  public static Optional<Boolean> valueOf(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    return YES.contains(lower)
        ? Optional.of(true)
        : NO.contains(lower) ? Optional.of(false) : Optional.empty();
  }
}
