package dev.sifter.model.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * The search for merges: counts pairs of neighbours in the words, and merges the most frequent pair
 * until the vocabulary is full.
 *
 * <p>Counts are kept up to date merge by merge. The queue's entries may be stale; one is put back
 * with its present count when it comes up.
 */
final class BpeMergeSearch {
  private final Map<String, Integer> ids = new HashMap<>();
  private final List<String> tokens = new ArrayList<>();
  private final List<Long> merges = new ArrayList<>();
  private final List<int[]> words = new ArrayList<>();
  private final List<Long> counts = new ArrayList<>();
  private final Map<Long, Long> pairCounts = new HashMap<>();

  /** A pair of ids, its count when it was queued, and the words that had it then. */
  private record Candidate(long pair, long count, Set<Integer> words)
      implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      return count != other.count
          ? Long.compare(other.count, count)
          : Long.compare(pair, other.pair);
    }
  }

  /** A search whose vocabulary begins with these tokens. */
  BpeMergeSearch(List<String> specialTokens, Iterable<Character> alphabet) {
    specialTokens.forEach(this::token);
    alphabet.forEach(c -> token(c.toString()));
  }

  /** Adds words, spelled in the alphabet, with their counts. */
  void addWords(Map<String, Long> wordCounts) {
    wordCounts.forEach(
        (word, count) -> {
          words.add(word.chars().map(c -> ids.get(Character.toString(c))).toArray());
          counts.add(count);
        });
  }

  /** The tokens, by id. */
  List<String> tokens() {
    return tokens;
  }

  /** The merges in order, each {@code left << 32 | right}. */
  List<Long> merges() {
    return merges;
  }

  /** The id of a token that is there. */
  int id(String token) {
    return ids.get(token);
  }

  /** Merges pairs until there are {@code vocabSize} tokens, or no pair is frequent enough. */
  void run(int vocabSize, long minFrequency) {
    PriorityQueue<Candidate> queue = new PriorityQueue<>();
    enqueue(countPairs(), queue);
    while (tokens.size() < vocabSize && !queue.isEmpty()) {
      Candidate top = queue.poll();
      long count = pairCounts.get(top.pair);
      if (count != top.count) {
        queue.add(new Candidate(top.pair, count, top.words));
        continue;
      }
      if (count < 1 || count < minFrequency) {
        return;
      }
      int left = (int) (top.pair >>> 32);
      int right = (int) top.pair;
      int merged = token(tokens.get(left) + tokens.get(right));
      merges.add(top.pair);
      Map<Long, Set<Integer>> found = new HashMap<>();
      for (int word : top.words) {
        words.set(word, merge(word, left, right, merged, found));
      }
      enqueue(found, queue);
    }
  }

  private Map<Long, Set<Integer>> countPairs() {
    Map<Long, Set<Integer>> found = new HashMap<>();
    for (int word = 0; word < words.size(); word++) {
      int[] symbols = words.get(word);
      for (int i = 0; i + 1 < symbols.length; i++) {
        change(symbols[i], symbols[i + 1], counts.get(word), word, found);
      }
    }
    return found;
  }

  private void enqueue(Map<Long, Set<Integer>> found, PriorityQueue<Candidate> queue) {
    found.forEach(
        (pair, inWords) -> {
          if (pairCounts.get(pair) > 0) {
            queue.add(new Candidate(pair, pairCounts.get(pair), inWords));
          }
        });
  }

  /** Applies a merge to a word, from left to right, and brings the counts of pairs up to date. */
  private int[] merge(int word, int left, int right, int merged, Map<Long, Set<Integer>> found) {
    int[] symbols = words.get(word);
    long count = counts.get(word);
    int kept = 0;
    for (int i = 0; i < symbols.length; i++) {
      if (symbols[i] != left || i + 1 == symbols.length || symbols[i + 1] != right) {
        symbols[kept++] = symbols[i];
        continue;
      }
      if (kept > 0) {
        change(symbols[kept - 1], left, -count, word, found);
        change(symbols[kept - 1], merged, count, word, found);
      }
      i++;
      if (i + 1 < symbols.length) {
        change(right, symbols[i + 1], -count, word, found);
        change(merged, symbols[i + 1], count, word, found);
      }
      symbols[kept++] = merged;
    }
    return Arrays.copyOf(symbols, kept);
  }

  private void change(int left, int right, long by, int word, Map<Long, Set<Integer>> found) {
    long pair = (long) left << 32 | right;
    pairCounts.merge(pair, by, Long::sum);
    if (by > 0) {
      found.computeIfAbsent(pair, p -> new HashSet<>()).add(word);
    }
  }

  private int token(String token) {
    Integer known = ids.putIfAbsent(token, tokens.size());
    if (known == null) {
      tokens.add(token);
      return tokens.size() - 1;
    }
    return known;
  }
}
