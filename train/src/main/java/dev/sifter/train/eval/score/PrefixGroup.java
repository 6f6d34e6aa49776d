package dev.sifter.train.eval.score;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Questions that begin alike: with the same description and examples, or the same system message.
 * The prefix is read once for all of them.
 *
 * @param length tokens of the prefix; fewer than any of the contexts has
 */
public record PrefixGroup(int length, List<Family> families) {
  /** Below this, copying keys and values costs more than reading the prefix again. */
  private static final int MIN_PREFIX = 32;

  /** A group's passes are smaller than those over everything; that must be worth it. */
  private static final int MIN_SAVED_TOKENS = 512;

  /** Tokens that need not be read because the prefix is read once. */
  private long savedTokens() {
    return (families.size() - 1L) * length;
  }

  /** The tokens that all contexts begin with. */
  public int[] prefix() {
    return Arrays.copyOf(families.getFirst().context(), length);
  }

  /**
   * Groups families; adds those without a prefix worth sharing to {@code alone}.
   *
   * <p>In the order of their tokens, neighbours share the longest prefixes. A group grows as long
   * as it saves more tokens with the next family than without it.
   */
  public static List<PrefixGroup> of(List<Family> families, List<Family> alone) {
    List<Family> sorted = new ArrayList<>(families);
    sorted.sort(Comparator.comparing(Family::context, Arrays::compare));
    List<PrefixGroup> groups = new ArrayList<>();
    for (int from = 0; from < sorted.size(); ) {
      PrefixGroup group = new PrefixGroup(maxPrefix(sorted.get(from)), List.of(sorted.get(from)));
      int to = from + 1;
      while (to < sorted.size()) {
        int shared = Math.min(group.length, common(sorted.get(to - 1), sorted.get(to)));
        PrefixGroup larger = new PrefixGroup(shared, sorted.subList(from, to + 1));
        if (shared < MIN_PREFIX || larger.savedTokens() < group.savedTokens()) {
          break;
        }
        group = larger;
        to++;
      }
      if (group.savedTokens() >= MIN_SAVED_TOKENS) {
        groups.add(group);
      } else {
        alone.addAll(group.families);
      }
      from = to;
    }
    return groups;
  }

  /** Tokens that predict scored ones must be read with each question, and one at the least. */
  private static int maxPrefix(Family family) {
    return Math.min(family.unscored(), family.context().length - 1);
  }

  private static int common(Family first, Family second) {
    int mismatch = Arrays.mismatch(first.context(), second.context());
    int longest = Math.min(maxPrefix(first), maxPrefix(second));
    return mismatch < 0 ? longest : Math.min(mismatch, longest);
  }
}
