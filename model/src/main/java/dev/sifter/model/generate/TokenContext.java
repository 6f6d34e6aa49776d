package dev.sifter.model.generate;

import java.util.List;

/**
 * A sequence before its next token is chosen.
 *
 * @param tokens the prompt and what has followed it
 * @param length how much of {@code tokens} is used
 * @param promptLength how much of that is the prompt
 * @param limit tokens that the sequence may have, prompt included
 */
public record TokenContext(int[] tokens, int length, int promptLength, int limit) {

  /** A prompt that nothing has followed yet. */
  public static TokenContext ofPrompt(int[] prompt, int limit) {
    return new TokenContext(prompt, prompt.length, prompt.length, limit);
  }

  /** Whether a run of tokens stands at the end. */
  boolean endsWith(List<Integer> run) {
    int from = length - run.size();
    if (from < 0) {
      return false;
    }
    for (int i = 0; i < run.size(); i++) {
      if (tokens[from + i] != run.get(i)) {
        return false;
      }
    }
    return true;
  }
}
