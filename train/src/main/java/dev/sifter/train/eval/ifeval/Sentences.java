package dev.sifter.train.eval.ifeval;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sentences of an English text, by the rules of Punkt (Kiss and Strunk 2006) without its trained
 * tables: a full stop behind an abbreviation, an initial or a number ends a sentence only before a
 * large letter, and behind a title never. Counts may differ by one from NLTK's where its tables
 * know an abbreviation that is not listed here.
 */
final class Sentences {
  /** A word with signs that may end a sentence, closing signs, then space. */
  private static final Pattern CANDIDATE =
      Pattern.compile("(\\S*?)([.?!]+)[\"')\\]}”’]*\\s+(?=(\\S))", Pattern.UNICODE_CHARACTER_CLASS);

  /** What stands before names, so that a large letter shows nothing. */
  private static final Set<String> TITLES =
      Set.of(
          "mr", "mrs", "ms", "dr", "prof", "st", "gen", "col", "sgt", "lt", "capt", "rev", "hon",
          "sen", "rep", "gov", "messrs", "mt", "no", "fig", "vs", "eq", "vol", "pp");

  private static final Set<String> ABBREVIATIONS =
      Set.of(
          "e.g", "i.e", "etc", "a.m", "p.m", "u.s", "u.k", "u.n", "inc", "ltd", "co", "corp", "jr",
          "sr", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
          "al", "ave", "blvd", "dept", "est", "approx", "ph.d", "m.d", "d.c", "cf", "ed", "eds");

  private Sentences() {}

  static int count(String text) {
    String stripped = text.strip();
    if (stripped.isEmpty()) {
      return 0;
    }
    int count = 1;
    Matcher candidates = CANDIDATE.matcher(stripped);
    while (candidates.find()) {
      int next = candidates.group(3).codePointAt(0);
      count += ends(candidates.group(1), candidates.group(2), next) ? 1 : 0;
    }
    return count;
  }

  private static boolean ends(String before, String signs, int next) {
    if (!signs.equals(".")) {
      // Three dots may go on in small letters; question and exclamation marks end.
      return !signs.startsWith("..") || !Character.isLowerCase(next);
    }
    String word = before.replaceFirst("^[\"'(\\[{“‘]+", "").toLowerCase(Locale.ROOT);
    if (TITLES.contains(word)) {
      return false;
    }
    boolean isInitial = word.length() == 1 && Character.isLetter(word.charAt(0));
    if (isInitial) {
      return false;
    }
    boolean isNumber = !word.isEmpty() && word.chars().allMatch(Character::isDigit);
    return !(isNumber || ABBREVIATIONS.contains(word)) || Character.isUpperCase(next);
  }
}
