package dev.sifter.model.tokenizer;

import java.util.Arrays;

/**
 * The tokens of one text.
 *
 * @param ids token ids, in order
 * @param starts for each token, the index of its first code point in the original text
 * @param ends for each token, the index after its last code point in the original text. A token
 *     that the post-processor added covers (0, 0). Tokens that share one character (its bytes)
 *     cover that whole character each.
 */
public record Encoding(int[] ids, int[] starts, int[] ends) {
  /**
   * Checks that the three arrays have one length.
   *
   * @throws IllegalArgumentException if they have not
   */
  public Encoding {
    if (ids.length != starts.length || ids.length != ends.length) {
      throw new IllegalArgumentException(
          "ids, starts and ends have lengths %d, %d and %d: they must be equal"
              .formatted(ids.length, starts.length, ends.length));
    }
  }

  /** The number of tokens. */
  public int length() {
    return ids.length;
  }

  /**
   * Where the code points that {@link #starts} and {@link #ends} count begin in Java's text, for a
   * text of many tokens.
   *
   * @return [code points + 1], in {@code char}s; the last is the text's length
   */
  public static int[] charOffsets(String text) {
    int[] offsets = new int[text.codePointCount(0, text.length()) + 1];
    for (int i = 1; i < offsets.length; i++) {
      offsets[i] = offsets[i - 1] + Character.charCount(text.codePointAt(offsets[i - 1]));
    }
    return offsets;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Encoding e
        && Arrays.equals(ids, e.ids)
        && Arrays.equals(starts, e.starts)
        && Arrays.equals(ends, e.ends);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(ids) + Arrays.hashCode(starts);
  }

  @Override
  public String toString() {
    return "Encoding[ids=%s, starts=%s, ends=%s]"
        .formatted(Arrays.toString(ids), Arrays.toString(starts), Arrays.toString(ends));
  }
}
