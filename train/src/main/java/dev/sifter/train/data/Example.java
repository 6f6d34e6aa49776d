package dev.sifter.train.data;

import java.util.Arrays;

/**
 * One row of training data, tokenised, as the loss sees it.
 *
 * @param inputIds token ids
 * @param labels as long as {@code inputIds}: the token itself where it is trained, {@link #IGNORED}
 *     where not; the token at position t is predicted from those before it
 * @param documentLengths lengths of the documents packed into this row, in order; a row that is not
 *     packed is one document
 */
public record Example(int[] inputIds, int[] labels, int[] documentLengths) {
  /** The label of a token that is not trained. */
  public static final int IGNORED = -100;

  /** Checks that lengths agree. */
  public Example {
    int covered = 0;
    for (int length : documentLengths) {
      covered += length;
    }
    if (labels.length != inputIds.length || covered != inputIds.length) {
      throw new IllegalArgumentException(
          "%d tokens, %d labels, documents of %d tokens in all"
              .formatted(inputIds.length, labels.length, covered));
    }
  }

  /** A row of one document. */
  public static Example of(int[] inputIds, int[] labels) {
    return new Example(inputIds, labels, new int[] {inputIds.length});
  }

  /** Number of tokens. */
  public int length() {
    return inputIds.length;
  }

  /** Number of labels that are not {@link #IGNORED}, whether something predicts them or not. */
  public int labelledTokens() {
    int count = 0;
    for (int label : labels) {
      count += label == IGNORED ? 0 : 1;
    }
    return count;
  }

  /** Tokens {@code from} (inclusive) to {@code to} (exclusive), as one document. */
  public Example slice(int from, int to) {
    return from == 0 && to == length() && documentLengths.length == 1
        ? this
        : of(Arrays.copyOfRange(inputIds, from, to), Arrays.copyOfRange(labels, from, to));
  }
}
