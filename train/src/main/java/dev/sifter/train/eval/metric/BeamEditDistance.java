package dev.sifter.train.eval.metric;

import java.util.Arrays;
import java.util.List;

/**
 * Levenshtein's distance of word sequences to one reference, near the diagonal of the table only,
 * with the edits that lead there. Rows are kept from one call to the next and computed again from
 * the first word that differs: the shifts of one sequence share most of them.
 */
final class BeamEditDistance {
  /** Rows or columns of the table beside its diagonal. */
  private static final int BEAM_WIDTH = 25;

  /** More than any distance, and one more does not overflow. */
  private static final int UNREACHED = Integer.MAX_VALUE / 2;

  /** An edit that turns the hypothesis into the reference. */
  enum Edit {
    KEEP,
    SUBSTITUTE,
    INSERT,
    DELETE
  }

  private final List<String> reference;
  private List<String> hypothesis;
  private int[][] costs;
  private Edit[][] edits;

  BeamEditDistance(List<String> reference) {
    this.reference = reference;
  }

  /** The number of edits. */
  int distance(List<String> words) {
    int known = prepare(words);
    for (int i = known + 1; i <= words.size(); i++) {
      fillRow(i);
    }
    return costs[words.size()][reference.size()];
  }

  /** Keeps rows that hold for the new words too; returns the last of them. */
  private int prepare(List<String> words) {
    int columns = reference.size() + 1;
    int known = 0;
    if (costs != null && hypothesis.size() == words.size()) {
      while (known < words.size() && words.get(known).equals(hypothesis.get(known))) {
        known++;
      }
    } else {
      costs = new int[words.size() + 1][columns];
      edits = new Edit[words.size() + 1][columns];
      for (int j = 0; j < columns; j++) {
        costs[0][j] = j;
        edits[0][j] = Edit.INSERT;
      }
    }
    hypothesis = words;
    return known;
  }

  private void fillRow(int i) {
    int n = hypothesis.size();
    double lengthRatio = (double) reference.size() / n;
    int beam =
        BEAM_WIDTH < lengthRatio / 2 ? (int) Math.ceil(lengthRatio / 2 + BEAM_WIDTH) : BEAM_WIDTH;
    int diagonal = (int) Math.floor(i * lengthRatio);
    int from = Math.max(0, diagonal - beam);
    int to = i == n ? reference.size() + 1 : Math.min(reference.size() + 1, diagonal + beam);
    Arrays.fill(costs[i], UNREACHED);
    for (int j = from; j < to; j++) {
      if (j > 0) {
        boolean same = hypothesis.get(i - 1).equals(reference.get(j - 1));
        offer(i, j, costs[i - 1][j - 1] + (same ? 0 : 1), same ? Edit.KEEP : Edit.SUBSTITUTE);
      }
      offer(i, j, costs[i - 1][j] + 1, Edit.DELETE);
      if (j > 0) {
        offer(i, j, costs[i][j - 1] + 1, Edit.INSERT);
      }
    }
  }

  private void offer(int i, int j, int cost, Edit edit) {
    if (cost < costs[i][j]) {
      costs[i][j] = cost;
      edits[i][j] = edit;
    }
  }

  /** The edits of the last call, from the first word on. */
  List<Edit> edits() {
    Edit[] path = new Edit[hypothesis.size() + reference.size()];
    int at = path.length;
    int i = hypothesis.size();
    int j = reference.size();
    while (i > 0 || j > 0) {
      Edit edit = edits[i][j];
      path[--at] = edit;
      i -= edit == Edit.INSERT ? 0 : 1;
      j -= edit == Edit.DELETE ? 0 : 1;
    }
    return Arrays.asList(path).subList(at, path.length);
  }
}
