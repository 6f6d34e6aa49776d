package dev.sifter.train.eval;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Texts with the same context, such as the choices of one question.
 *
 * @param context the tokens up to the first scored one, which it predicts
 * @param texts indices of the texts
 */
record Family(int[] context, List<Integer> texts) {

  /** All families, in the order of their first texts. */
  static List<Family> of(List<ScoredText> texts) {
    Map<IntBuffer, List<Integer>> byContext = new LinkedHashMap<>();
    for (int i = 0; i < texts.size(); i++) {
      ScoredText text = texts.get(i);
      IntBuffer context = IntBuffer.wrap(text.tokens(), 0, text.firstRow() + 1);
      byContext.computeIfAbsent(context, key -> new ArrayList<>()).add(i);
    }
    List<Family> families = new ArrayList<>();
    byContext.forEach(
        (context, members) -> {
          int[] tokens = texts.get(members.getFirst()).tokens();
          families.add(new Family(Arrays.copyOf(tokens, context.remaining()), members));
        });
    return families;
  }

  /** Tokens of the longest text. */
  int longest(List<ScoredText> all) {
    return texts.stream().mapToInt(text -> all.get(text).tokens().length).max().orElseThrow();
  }

  /** Whether a model that keeps the context's keys and values reads less. */
  boolean sharesContext(List<ScoredText> all) {
    return texts.size() > 1 && texts.stream().anyMatch(text -> all.get(text).targets().length > 1);
  }
}
