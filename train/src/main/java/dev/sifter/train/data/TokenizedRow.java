package dev.sifter.train.data;

import dev.sifter.model.tokenizer.Encoding;
import java.util.Arrays;

/**
 * A record as tokens, before labels and truncation.
 *
 * @param row what it was made of
 * @param text what was tokenised; null where the record brought tokens
 * @param encoding token ids and the places in the text that they cover
 * @param labels labels that the record brought along; null for none
 * @param completionMask where the completion is; null where the record has none
 * @param assistantMask where the assistant speaks; null where nobody asked
 * @param promptIsPrefix whether the tokens of the prompt alone begin those of the whole
 */
record TokenizedRow(
    TrainingRow row,
    String text,
    Encoding encoding,
    int[] labels,
    boolean[] completionMask,
    boolean[] assistantMask,
    boolean promptIsPrefix) {

  /** Token ids. */
  int[] ids() {
    return encoding.ids();
  }

  /** The labels of the loss: the token itself where every mask that counts has it. */
  int[] labels(boolean completionOnly) {
    if (labels != null) {
      return labels;
    }
    int[] ids = ids();
    int[] result = ids.clone();
    for (int i = 0; i < ids.length; i++) {
      if (completionOnly && completionMask != null && !completionMask[i]
          || assistantMask != null && !assistantMask[i]) {
        result[i] = Example.IGNORED;
      }
    }
    return result;
  }

  /** A mask of what comes after a number of tokens. */
  static boolean[] after(int from, int length) {
    boolean[] mask = new boolean[length];
    if (from < length) {
      Arrays.fill(mask, from, length, true);
    }
    return mask;
  }

  /** Whether the tokens of a prompt begin those of the whole. */
  static boolean isPrefix(int[] prompt, int[] whole) {
    return prompt.length <= whole.length
        && Arrays.equals(prompt, 0, prompt.length, whole, 0, prompt.length);
  }
}
