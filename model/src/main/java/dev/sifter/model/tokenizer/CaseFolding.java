package dev.sifter.model.tokenizer;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which characters are one letter in another case, by Unicode's simple case folding, as Oniguruma
 * takes {@code (?i)}. Java's own flag would take the Turkish ı and İ for an i.
 */
final class CaseFolding {
  /** The last letter with case is Adlam's. */
  private static final int LAST = 0x1E943;

  private static final int DOTTED_CAPITAL_I = 0x130;
  private static final int DOTLESS_SMALL_I = 0x131;

  /** The letters that have other cases, by what they fold to. */
  private static final Map<Integer, Set<Integer>> LETTERS = new HashMap<>();

  static {
    for (int cp = 0; cp <= LAST; cp++) {
      int folded = fold(cp);
      if (folded != cp) {
        LETTERS.computeIfAbsent(folded, f -> new TreeSet<>(Set.of(f))).add(cp);
      }
    }
  }

  private CaseFolding() {}

  private static int fold(int cp) {
    return cp == DOTTED_CAPITAL_I || cp == DOTLESS_SMALL_I
        ? cp
        : Character.toLowerCase(Character.toUpperCase(cp));
  }

  /** The character and its other cases, for a bracket of a regular expression. */
  static String cases(int cp) {
    StringBuilder bracket = new StringBuilder();
    LETTERS.getOrDefault(fold(cp), Set.of(cp)).forEach(bracket::appendCodePoint);
    return bracket.toString();
  }

  /** A bracket of Java's with the other cases of what it has; a negated one is without those. */
  static String bracket(String bracket) {
    boolean negated = bracket.startsWith("[^");
    String inside = bracket.substring(negated ? 2 : 1, bracket.length() - 1);
    Predicate<String> has = Pattern.compile("[" + inside + "]").asMatchPredicate();
    StringBuilder missing = new StringBuilder();
    for (Set<Integer> same : LETTERS.values()) {
      Set<String> cases = same.stream().map(Character::toString).collect(Collectors.toSet());
      if (cases.stream().anyMatch(has)) {
        cases.stream().filter(has.negate()).forEach(missing::append);
      }
    }
    if (missing.isEmpty()) {
      return bracket;
    }
    String whole = inside.contains("&&") ? "[" + inside + "]" : inside;
    return (negated ? "[^[" : "[[") + missing + "]" + whole + "]";
  }
}
