package dev.sifter.train.eval.metric;

import dev.sifter.train.eval.python.PythonRegex;
import java.util.List;
import java.util.Locale;

/**
 * Equality of texts after removing what is to be ignored.
 *
 * @param regexes removed first, one after the other
 */
public record ExactMatch(
    boolean ignoreCase,
    boolean ignorePunctuation,
    boolean ignoreNumbers,
    List<PythonRegex> regexes) {
  /** Equality to the letter. */
  public static final ExactMatch PLAIN = new ExactMatch(false, false, false, List.of());

  private static final String PUNCTUATION = "[!-/:-@\\[-`{-~]";

  /** Whether both texts are equal without what is ignored. */
  public boolean matches(String prediction, String reference) {
    return normalise(prediction).equals(normalise(reference));
  }

  /** The text without what is ignored. */
  public String normalise(String text) {
    for (PythonRegex regex : regexes) {
      text = regex.remove(text);
    }
    if (ignoreCase) {
      text = text.toLowerCase(Locale.ROOT);
    }
    if (ignorePunctuation) {
      text = text.replaceAll(PUNCTUATION, "");
    }
    if (ignoreNumbers) {
      text = text.replaceAll("[0-9]", "");
    }
    return text;
  }
}
