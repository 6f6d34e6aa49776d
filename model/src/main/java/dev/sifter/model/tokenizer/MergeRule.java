package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * A merge that is implied by a vocabulary with priorities: SentencePiece's and tiktoken's files
 * name tokens only, and any two that join to a token may merge, at the joint token's priority.
 *
 * @param left the left token
 * @param right the right token
 * @param priority that of the joint token; lower goes first
 */
record MergeRule(String left, String right, double priority) {
  /** Longer than any useful token: bounds the work that one entry of a hostile file causes. */
  private static final int MAX_TOKEN_LENGTH = 1024;

  /** Adds every way to make {@code token} of two tokens. */
  static void addSplits(
      String token, double priority, Function<String, Integer> ids, List<MergeRule> merges) {
    if (token.length() > MAX_TOKEN_LENGTH) {
      return;
    }
    for (int i = token.offsetByCodePoints(0, 1); i < token.length(); ) {
      String left = token.substring(0, i);
      String right = token.substring(i);
      if (ids.apply(left) != null && ids.apply(right) != null) {
        merges.add(new MergeRule(left, right, priority));
      }
      i += Character.charCount(token.codePointAt(i));
    }
  }

  /** The order among merges that make one token where that has been converted by transformers. */
  static Comparator<MergeRule> longestLeftFirst() {
    Comparator<MergeRule> left = Comparator.comparingInt(merge -> codePoints(merge.left));
    return left.thenComparing(merge -> codePoints(merge.right)).reversed();
  }

  private static int codePoints(String text) {
    return text.codePointCount(0, text.length());
  }

  /** Writes the merges in order of priority, and where that is the same, in the order given. */
  static void write(List<MergeRule> merges, Comparator<MergeRule> ties, ArrayNode out) {
    merges.sort(Comparator.comparingDouble(MergeRule::priority).thenComparing(ties));
    for (MergeRule merge : merges) {
      out.addArray().add(merge.left).add(merge.right);
    }
  }
}
