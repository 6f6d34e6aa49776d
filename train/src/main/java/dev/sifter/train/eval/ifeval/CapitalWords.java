package dev.sifter.train.eval.ifeval;

import java.util.regex.Pattern;

/**
 * Words in capital letters, words being those of the Penn Treebank as NLTK splits them: hyphens do
 * not divide words, clitics ('S, N'T) are words of their own.
 */
final class CapitalWords {
  /** What divides words; none of it has letters, so that it need not be kept. */
  private static final Pattern DIVIDER =
      pattern(
          "[\\s\\[\\](){}<>«»“”‘’„`\";@#$%&?!*\\u2012-\\u2015]|--|\\.{2,}|''|[:,](?!\\d)"
              + "|(?<!\\w)'(?!(?i:re|ve|ll|m|t|s|d|n)\\b)(?=\\w)");

  private static final Pattern CLITIC =
      pattern("(?<=[^' ])('[sSmMdD]|'ll|'LL|'re|'RE|'ve|'VE|n't|N'T|')(?= |$)");

  /** Two words in one, of the Treebank's list. */
  private static final Pattern CONTRACTION =
      pattern(
          "(?i)\\b(can(?=not\\b)|d(?='ye\\b)|(?:gim|lem)(?=me\\b)|gon(?=na\\b)|got(?=ta\\b)"
              + "|more(?='n\\b)|wan(?=na(?: |$)))(not|'ye|me|na|ta|'n)");

  private CapitalWords() {}

  private static Pattern pattern(String regex) {
    return Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS);
  }

  static int count(String text) {
    String words = DIVIDER.matcher(text).replaceAll(" ");
    words = CLITIC.matcher(words).replaceAll(" $1");
    words = CONTRACTION.matcher(words).replaceAll(" $1 $2 ");
    int count = 0;
    for (String word : words.split(" +")) {
      count += isUpper(word) ? 1 : 0;
    }
    return count;
  }

  /** Python's: there are large letters, and no small ones. */
  static boolean isUpper(String text) {
    return text.codePoints().anyMatch(Character::isUpperCase)
        && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
  }
}
