package dev.sifter.train.eval.ifeval;

import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/** Instructions about numbers of words, sentences and paragraphs. */
final class LengthChecks {
  private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern DIVIDER =
      Pattern.compile("\\s?\\*\\*\\*\\s?", Pattern.UNICODE_CHARACTER_CLASS);

  private LengthChecks() {}

  static Instruction numberWords(Arguments arguments) {
    IntPredicate wanted = arguments.comparison("relation", "num_words");
    return response -> wanted.test((int) WORD.matcher(response).results().count());
  }

  static Instruction numberSentences(Arguments arguments) {
    IntPredicate wanted = arguments.comparison("relation", "num_sentences");
    return response -> wanted.test(Sentences.count(response));
  }

  /** Paragraphs are divided by ***; none but the first and the last may be empty. */
  static Instruction numberParagraphs(Arguments arguments) {
    int wanted = arguments.number("num_paragraphs");
    return response -> {
      String[] paragraphs = DIVIDER.split(response, -1);
      int count = paragraphs.length;
      for (int i = 0; i < paragraphs.length; i++) {
        if (paragraphs[i].isBlank()) {
          if (i > 0 && i < paragraphs.length - 1) {
            return false;
          }
          count--;
        }
      }
      return count == wanted;
    };
  }

  /** So many paragraphs, divided by empty lines, and the first word of one of them. */
  static Instruction nthParagraphFirstWord(Arguments arguments) {
    int wanted = arguments.number("num_paragraphs");
    int nth = arguments.number("nth_paragraph");
    String word = arguments.text("first_word").toLowerCase(Locale.ROOT);
    return response -> {
      String[] paragraphs = response.split("\n\n", -1);
      int count = 0;
      for (String paragraph : paragraphs) {
        count += paragraph.isBlank() ? 0 : 1;
      }
      return nth <= count
          && count == wanted
          && !paragraphs[nth - 1].isBlank()
          && firstWord(paragraphs[nth - 1]).equals(word);
    };
  }

  /** Without quotes before it, up to any punctuation, in small letters. */
  private static String firstWord(String paragraph) {
    String word = paragraph.strip().split("\\s+", 2)[0];
    return word.replaceFirst("^'+", "")
        .replaceFirst("^\"+", "")
        .replaceFirst("[.,?!'\"].*", "")
        .toLowerCase(Locale.ROOT);
  }
}
