package dev.sifter.train.eval.score;

import java.util.Arrays;

/**
 * Tokens whose last ones are scored.
 *
 * @param tokens the context and all but the last scored token: what the model reads
 * @param targets the scored tokens; the row before each predicts it
 */
public record ScoredText(int[] tokens, int[] targets) {

  /**
   * A continuation after a context, with the context cut on the left to what the model can read.
   *
   * @throws IllegalArgumentException if either is empty, or the continuation alone too long
   */
  static ScoredText of(int[] context, int[] continuation, int maxLength) {
    if (context.length == 0) {
      throw new IllegalArgumentException(
          "a context of white space has no tokens that a continuation could come after");
    }
    if (continuation.length == 0) {
      throw new IllegalArgumentException(
          "a continuation has no tokens of its own: the context's last token swallows it");
    }
    if (continuation.length > maxLength) {
      throw new IllegalArgumentException(
          "a continuation of %d tokens exceeds the model's context of %d"
              .formatted(continuation.length, maxLength));
    }
    int[] whole = Arrays.copyOf(context, context.length + continuation.length);
    System.arraycopy(continuation, 0, whole, context.length, continuation.length);
    int from = Math.max(0, whole.length - maxLength - 1);
    return new ScoredText(Arrays.copyOfRange(whole, from, whole.length - 1), continuation);
  }

  /** Row of the first scored token's prediction. */
  int firstRow() {
    return tokens.length - targets.length;
  }
}
