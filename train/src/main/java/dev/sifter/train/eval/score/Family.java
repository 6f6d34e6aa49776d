package dev.sifter.train.eval.score;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Texts that begin alike: the choices of one question, or a sentence with one word or another in
 * its gap.
 *
 * @param context the tokens that all of them begin with
 * @param unscored how many of the first tokens predict none that is scored, in any of the texts
 * @param texts indices of the texts
 */
public record Family(int[] context, int unscored, List<Integer> texts) {
  /** Texts after unlike contexts are a pair if they share so many tokens more than others do. */
  private static final int MIN_PAIRED = 8;

  /** All families. */
  static List<Family> of(List<ScoredText> texts) {
    Map<IntBuffer, List<Integer>> byContext = new LinkedHashMap<>();
    for (int i = 0; i < texts.size(); i++) {
      ScoredText text = texts.get(i);
      IntBuffer context = IntBuffer.wrap(text.tokens(), 0, text.firstRow() + 1);
      byContext.computeIfAbsent(context, key -> new ArrayList<>()).add(i);
    }
    List<Family> families = new ArrayList<>();
    List<Integer> single = new ArrayList<>();
    for (List<Integer> members : byContext.values()) {
      if (members.size() == 1) {
        single.add(members.getFirst());
      } else {
        families.add(of(members, texts));
      }
    }
    addPairs(single, texts, families);
    return families;
  }

  private static Family of(List<Integer> members, List<ScoredText> texts) {
    int[] first = texts.get(members.getFirst()).tokens();
    int shared = first.length;
    int unscored = first.length;
    for (int member : members) {
      shared = Math.min(shared, common(first, texts.get(member).tokens()));
      unscored = Math.min(unscored, texts.get(member).firstRow());
    }
    return new Family(Arrays.copyOf(first, shared), unscored, members);
  }

  /** In the order of their tokens, two that belong together are neighbours. */
  private static void addPairs(
      List<Integer> single, List<ScoredText> texts, List<Family> families) {
    single.sort(Comparator.comparing(text -> texts.get(text).tokens(), Arrays::compare));
    int[] shared = new int[single.size() + 1];
    for (int i = 1; i < single.size(); i++) {
      shared[i] = common(texts.get(single.get(i - 1)).tokens(), texts.get(single.get(i)).tokens());
    }
    for (int i = 0; i < single.size(); i++) {
      boolean isLast = i + 1 == single.size();
      int others = isLast ? 0 : Math.max(shared[i], shared[i + 2]);
      if (!isLast && shared[i + 1] >= others + MIN_PAIRED) {
        families.add(of(List.of(single.get(i), single.get(++i)), texts));
      } else {
        families.add(of(List.of(single.get(i)), texts));
      }
    }
  }

  private static int common(int[] first, int[] second) {
    int mismatch = Arrays.mismatch(first, second);
    return mismatch < 0 ? first.length : mismatch;
  }

  /** Tokens of the longest text. */
  int longest(List<ScoredText> all) {
    return texts.stream().mapToInt(text -> all.get(text).tokens().length).max().orElseThrow();
  }

  /** The texts that go on after the context. */
  List<Integer> continued(List<ScoredText> all) {
    return texts.stream().filter(text -> all.get(text).tokens().length > context.length).toList();
  }

  /** Whether a model that keeps the context's keys and values reads less. */
  boolean sharesContext(List<ScoredText> all) {
    return texts.size() > 1 && !continued(all).isEmpty();
  }
}
