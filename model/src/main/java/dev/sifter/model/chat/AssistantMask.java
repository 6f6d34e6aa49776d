package dev.sifter.model.chat;

import java.util.List;

/** Which tokens of a rendered chat the model is to produce. */
public final class AssistantMask {
  private AssistantMask() {}

  /**
   * The mask that transformers' {@code apply_chat_template(return_assistant_tokens_mask=True)}
   * gives, whose ends are searched as {@code char_to_token} does: the first token that covers the
   * first code point, to the first token that covers the last one. Where a span begins in no token,
   * it and those after it are left out; where it ends in none, or in the very first token, it
   * reaches to the end: both as there. An empty span covers nothing.
   *
   * @param spans ranges of the text, in code points
   * @param starts the first code point of each token, or equal to its end for one without text
   * @param ends the code point after each token
   * @return one flag a token
   */
  public static boolean[] of(List<Span> spans, int[] starts, int[] ends) {
    if (starts.length != ends.length) {
      throw new IllegalArgumentException(
          "offsets of " + starts.length + " starts and " + ends.length + " ends");
    }
    boolean[] mask = new boolean[starts.length];
    for (Span span : spans) {
      if (span.start() == span.end()) {
        continue;
      }
      int first = tokenAt(span.start(), starts, ends);
      int last = tokenAt(span.end() - 1, starts, ends);
      if (first < 0) {
        break;
      }
      int end = last <= 0 ? mask.length : last + 1;
      for (int token = first; token < end; token++) {
        mask[token] = true;
      }
    }
    return mask;
  }

  private static int tokenAt(int position, int[] starts, int[] ends) {
    for (int token = 0; token < starts.length; token++) {
      if (starts[token] <= position && position < ends[token]) {
        return token;
      }
    }
    return -1;
  }
}
