package dev.sifter.train.eval.metric;

import dev.sifter.train.eval.metric.BeamEditDistance.Edit;
import java.util.ArrayList;
import java.util.List;

/**
 * The greedy search of TER for shifts of words. The rules of which shifts are tried, their limits
 * and the choice among equals are Tercom's, and the score depends on them.
 */
final class TerShifts {
  private static final int MAX_SHIFTED_WORDS = 10;
  private static final int MAX_SHIFT_DISTANCE = 50;
  private static final int MAX_CANDIDATES = 1000;

  private final List<String> reference;
  private final BeamEditDistance distance;
  private int candidates;

  /** Equal words: {@code length} of them from {@code from} in the hypothesis. */
  private record Match(int from, int inReference, int length) {}

  /** A shifted hypothesis and how many edits it saves. */
  private record Shift(int saved, int length, int from, int target, List<String> words) {
    /** More saved, then longer, then from further ahead, then to further ahead. */
    boolean isBetterThan(Shift other) {
      if (other == null || saved != other.saved) {
        return other == null || saved > other.saved;
      }
      if (length != other.length) {
        return length > other.length;
      }
      return from != other.from ? from < other.from : target < other.target;
    }
  }

  /** Which hypothesis word every reference word lies at, and which words take part in an edit. */
  private static final class Alignment {
    final int[] position;
    final boolean[] referenceWrong;
    final boolean[] hypothesisWrong;

    Alignment(List<Edit> edits, int referenceWords, int hypothesisWords) {
      position = new int[referenceWords];
      referenceWrong = new boolean[referenceWords];
      hypothesisWrong = new boolean[hypothesisWords];
      int h = -1;
      int r = -1;
      for (Edit edit : edits) {
        if (edit != Edit.INSERT) {
          hypothesisWrong[++h] = edit != Edit.KEEP;
        }
        if (edit != Edit.DELETE) {
          referenceWrong[++r] = edit != Edit.KEEP;
          position[r] = h;
        }
      }
    }
  }

  TerShifts(List<String> reference) {
    this.reference = reference;
    this.distance = new BeamEditDistance(reference);
  }

  /** Shifts and other edits, shifting as long as that saves edits. */
  int edits(List<String> hypothesis) {
    List<String> words = hypothesis;
    int shifts = 0;
    while (true) {
      Shift best = bestShift(words);
      if (candidates >= MAX_CANDIDATES || best == null || best.saved <= 0) {
        return shifts + distance.distance(words);
      }
      shifts++;
      words = best.words;
    }
  }

  private Shift bestShift(List<String> words) {
    int before = distance.distance(words);
    Alignment alignment = new Alignment(distance.edits(), reference.size(), words.size());
    Shift best = null;
    for (Match match : matches(words)) {
      if (isWorthTrying(match, alignment)) {
        best = bestTarget(words, match, alignment, before, best);
        if (candidates >= MAX_CANDIDATES) {
          break;
        }
      }
    }
    return best;
  }

  private List<Match> matches(List<String> words) {
    List<Match> matches = new ArrayList<>();
    for (int h = 0; h < words.size(); h++) {
      int last = Math.min(reference.size() - 1, h + MAX_SHIFT_DISTANCE);
      for (int r = Math.max(0, h - MAX_SHIFT_DISTANCE); r <= last; r++) {
        int limit = Math.min(MAX_SHIFTED_WORDS, Math.min(words.size() - h, reference.size() - r));
        for (int n = 0; n < limit && words.get(h + n).equals(reference.get(r + n)); n++) {
          matches.add(new Match(h, r, n + 1));
        }
      }
    }
    return matches;
  }

  /** Both places must hold an error, and the target must lie outside of what is shifted. */
  private static boolean isWorthTrying(Match match, Alignment alignment) {
    int target = alignment.position[match.inReference];
    return anyOf(alignment.hypothesisWrong, match.from, match.length)
        && anyOf(alignment.referenceWrong, match.inReference, match.length)
        && (target < match.from || target >= match.from + match.length);
  }

  private static boolean anyOf(boolean[] wrong, int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (wrong[i]) {
        return true;
      }
    }
    return false;
  }

  private Shift bestTarget(
      List<String> words, Match match, Alignment alignment, int before, Shift best) {
    int previous = -1;
    for (int r = match.inReference - 1; r < match.inReference + match.length; r++) {
      int target = r < 0 ? 0 : alignment.position[r] + 1;
      if (target != previous) {
        previous = target;
        List<String> shifted = shift(words, match.from, match.length, target);
        int saved = before - distance.distance(shifted);
        candidates++;
        Shift candidate = new Shift(saved, match.length, match.from, target, shifted);
        best = candidate.isBetterThan(best) ? candidate : best;
      }
    }
    return best;
  }

  /** The words with {@code length} of them moved before what stood at {@code target}. */
  private static List<String> shift(List<String> words, int from, int length, int target) {
    List<String> moved = words.subList(from, from + length);
    List<String> rest = new ArrayList<>(words.subList(0, from));
    rest.addAll(words.subList(from + length, words.size()));
    // Tercom counts a target within the moved words, or just behind, by the words that remain.
    int at = target > from + length ? target - length : Math.min(target, rest.size());
    rest.addAll(at, moved);
    return rest;
  }
}
