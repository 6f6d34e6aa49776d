package dev.sifter.model.tokenizer;

import java.util.Arrays;
import java.util.List;

/**
 * All ways to cut words into pieces of a Unigram model in training: expected counts of the pieces
 * over them, and the best way. Piece 0 stands for characters that no piece covers; its score is ten
 * below the least.
 */
final class UnigramLattice {
  private static final double UNKNOWN_PENALTY = 10;

  /** A summand that is smaller by this power of e changes no double. */
  private static final double NEGLIGIBLE = 50;

  private final CharTrie trie;
  private final double[] scores;
  private final double unknownScore;

  private char[] word;
  private boolean[] boundary;
  private double[] forward;
  private double[] backward;

  /**
   * The lattice of some pieces.
   *
   * @param pieces their texts; the first stands for unknown characters
   * @param scores their log-probabilities; the first is not looked at
   */
  UnigramLattice(List<String> pieces, double[] scores) {
    this.scores = scores;
    this.trie = new CharTrie(pieces.size() * 2);
    double least = Double.POSITIVE_INFINITY;
    for (int id = 1; id < scores.length; id++) {
      trie.put(pieces.get(id), id);
      least = Math.min(least, scores[id]);
    }
    this.unknownScore = least - UNKNOWN_PENALTY;
  }

  /** Takes a piece of the word, from {@code from} to {@code to}. */
  private interface Edge {
    void take(int from, int to, int id, double score);
  }

  private void setWord(String text) {
    word = text.toCharArray();
    boundary = new boolean[word.length + 1];
    for (int i = 0; i < word.length; i += Character.charCount(Character.codePointAt(word, i))) {
      boundary[i] = true;
    }
    boundary[word.length] = true;
  }

  /** The pieces that begin at a place, the shortest first. */
  private void edgesFrom(int from, Edge edge) {
    int next = from + Character.charCount(Character.codePointAt(word, from));
    boolean covered = false;
    int node = CharTrie.ROOT;
    for (int i = from; i < word.length && (node = trie.child(node, word[i])) >= 0; i++) {
      int id = trie.value(node);
      if (id > 0) {
        covered |= i + 1 == next;
        edge.take(from, i + 1, id, scores[id]);
      }
    }
    if (!covered) {
      edge.take(from, next, 0, unknownScore);
    }
  }

  /**
   * Adds to {@code expected} how often each piece is expected in a word.
   *
   * @param count how often the word occurs
   * @return the logarithm of the word's probability
   */
  double addExpected(String text, double count, double[] expected) {
    setWord(text);
    forward = new double[word.length + 1];
    backward = new double[word.length + 1];
    Arrays.fill(forward, Double.NEGATIVE_INFINITY);
    Arrays.fill(backward, Double.NEGATIVE_INFINITY);
    forward[0] = 0;
    backward[word.length] = 0;
    for (int at = 0; at < word.length; at++) {
      if (boundary[at]) {
        edgesFrom(
            at, (from, to, _, score) -> forward[to] = sum(forward[to], forward[from] + score));
      }
    }
    for (int at = word.length - 1; at >= 0; at--) {
      if (boundary[at]) {
        edgesFrom(
            at, (from, to, _, score) -> backward[from] = sum(backward[from], backward[to] + score));
      }
    }
    double whole = forward[word.length];
    for (int at = 0; at < word.length; at++) {
      if (boundary[at]) {
        edgesFrom(
            at,
            (from, to, id, score) ->
                expected[id] += count * Math.exp(forward[from] + score + backward[to] - whole));
      }
    }
    return whole;
  }

  /** ln(eˣ + eʸ). */
  private static double sum(double x, double y) {
    double most = Math.max(x, y);
    double least = Math.min(x, y);
    return most > least + NEGLIGIBLE ? most : most + Math.log(Math.exp(least - most) + 1);
  }

  /** The pieces of the best way to cut a word. */
  int[] best(String text) {
    return best(text, false);
  }

  /**
   * The pieces of the best way to cut a word into several; null if there is none.
   *
   * @return as {@link #best}
   */
  int[] bestOfSeveral(String text) {
    return best(text, true);
  }

  private int[] best(String text, boolean several) {
    setWord(text);
    double[] score = new double[word.length + 1];
    int[] startOf = new int[word.length + 1];
    int[] idOf = new int[word.length + 1];
    Arrays.fill(score, Double.NEGATIVE_INFINITY);
    score[0] = 0;
    for (int at = 0; at < word.length; at++) {
      if (boundary[at] && score[at] > Double.NEGATIVE_INFINITY) {
        edgesFrom(
            at,
            (from, to, id, edgeScore) -> {
              boolean whole = from == 0 && to == word.length;
              if (!(several && whole) && score[from] + edgeScore > score[to]) {
                score[to] = score[from] + edgeScore;
                startOf[to] = from;
                idOf[to] = id;
              }
            });
      }
    }
    if (score[word.length] == Double.NEGATIVE_INFINITY) {
      return null;
    }
    int[] ids = new int[word.length];
    int count = 0;
    for (int end = word.length; end > 0; end = startOf[end]) {
      ids[ids.length - ++count] = idOf[end];
    }
    return Arrays.copyOfRange(ids, ids.length - count, ids.length);
  }

  /** The log-probability of a way to cut. */
  double score(int[] ids) {
    double sum = 0;
    for (int id : ids) {
      sum += id == 0 ? unknownScore : scores[id];
    }
    return sum;
  }

  /** The least score of a piece. */
  double leastScore() {
    return unknownScore + UNKNOWN_PENALTY;
  }
}
