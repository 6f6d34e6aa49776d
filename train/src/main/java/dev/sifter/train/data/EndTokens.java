package dev.sifter.train.data;

import dev.sifter.model.chat.Span;
import dev.sifter.model.tokenizer.Encoding;
import java.util.List;
import java.util.Set;

/**
 * Says of the tokens that end turns, such as {@code <|im_end|>}, which are trained: {@code
 * train_on_eos} and {@code train_on_eot}, with axolotl's meaning.
 *
 * @param ids the tokens
 * @param policy which of them are trained; null leaves it to the template's marks
 */
record EndTokens(Set<Integer> ids, EndTokenPolicy policy) {
  /** A template may write a line break or two before its end token. */
  private static final int MAX_DISTANCE = 3;

  /**
   * Changes a mask.
   *
   * @param turns the trained turns, in the text's code points
   * @param mask one flag a token; changed
   */
  void apply(Encoding encoding, List<Span> turns, boolean[] mask) {
    if (policy == null) {
      return;
    }
    int[] tokens = encoding.ids();
    for (int i = 0; i < tokens.length; i++) {
      if (ids.contains(tokens[i])) {
        mask[i] = policy == EndTokenPolicy.ALL;
      }
    }
    if (policy == EndTokenPolicy.TURN || policy == EndTokenPolicy.LAST) {
      int last = -1;
      for (Span turn : turns) {
        int end = endOf(encoding, turn);
        if (end >= 0) {
          last = end;
          mask[end] |= policy == EndTokenPolicy.TURN;
        }
      }
      if (last >= 0) {
        mask[last] = true;
      }
    }
  }

  /** The token that ends a turn: its last one, or one that follows closely; −1 for none. */
  private int endOf(Encoding encoding, Span turn) {
    int last = -1;
    for (int i = 0; i < encoding.length() && encoding.starts()[i] < turn.end(); i++) {
      last = i;
    }
    for (int i = last; i >= 0 && i >= last - MAX_DISTANCE; i--) {
      if (encoding.starts()[i] >= turn.start() && ids.contains(encoding.ids()[i])) {
        return i;
      }
    }
    for (int i = last + 1; i < encoding.length() && i <= last + MAX_DISTANCE; i++) {
      if (ids.contains(encoding.ids()[i])) {
        return i;
      }
    }
    return -1;
  }
}
