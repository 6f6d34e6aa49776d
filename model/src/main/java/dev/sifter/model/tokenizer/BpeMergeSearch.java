package dev.sifter.model.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;

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
  private int[][] words = {};
  private long[] counts = {};
  private final PairCounts pairCounts = new PairCounts();

  /** A pair of ids, its count when it was queued, and the words that had it then. */
  private record Candidate(long pair, long count, WordList words) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      return count != other.count
          ? Long.compare(other.count, count)
          : Long.compare(pair, other.pair);
    }
  }

  /** Numbers of words, in the order in which they are looked at: each once. */
  private static final class WordList {
    private int[] numbers = new int[2];
    private int size;

    void add(int word) {
      if (size > 0 && numbers[size - 1] == word) {
        return;
      }
      if (size == numbers.length) {
        numbers = Arrays.copyOf(numbers, Math.addExact(size, size));
      }
      numbers[size++] = word;
    }
  }

  /** A search whose vocabulary begins with these tokens. */
  BpeMergeSearch(List<String> specialTokens, Iterable<Character> alphabet) {
    specialTokens.forEach(this::token);
    alphabet.forEach(c -> token(c.toString()));
  }

  /** Sets the words, spelled in the alphabet, with their counts. */
  void setWords(Map<String, Long> wordCounts) {
    words = new int[wordCounts.size()][];
    counts = new long[words.length];
    int[] idOf = new int[Character.MAX_VALUE + 1];
    ids.forEach(
        (token, id) -> {
          if (token.length() == 1) {
            idOf[token.charAt(0)] = id;
          }
        });
    int number = 0;
    for (Map.Entry<String, Long> word : wordCounts.entrySet()) {
      words[number] = word.getKey().chars().map(c -> idOf[c]).toArray();
      counts[number++] = word.getValue();
    }
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
      Map<Long, WordList> found = new TreeMap<>();
      for (int i = 0; i < top.words.size; i++) {
        int word = top.words.numbers[i];
        words[word] = merge(word, left, right, merged, found);
      }
      enqueue(found, queue);
    }
  }

  private Map<Long, WordList> countPairs() {
    Map<Long, WordList> found = new HashMap<>();
    for (int word = 0; word < words.length; word++) {
      int[] symbols = words[word];
      for (int i = 0; i + 1 < symbols.length; i++) {
        change(symbols[i], symbols[i + 1], counts[word], word, found);
      }
    }
    return new TreeMap<>(found);
  }

  /** Queues pairs in their order, so that it does not depend on that of the words. */
  private void enqueue(Map<Long, WordList> found, PriorityQueue<Candidate> queue) {
    found.forEach(
        (pair, inWords) -> {
          long count = pairCounts.get(pair);
          if (count > 0) {
            queue.add(new Candidate(pair, count, inWords));
          }
        });
  }

  /** Applies a merge to a word, from left to right, and brings the counts of pairs up to date. */
  private int[] merge(int word, int left, int right, int merged, Map<Long, WordList> found) {
    int[] symbols = words[word];
    long count = counts[word];
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
    return kept == symbols.length ? symbols : Arrays.copyOf(symbols, kept);
  }

  private void change(int left, int right, long by, int word, Map<Long, WordList> found) {
    long pair = (long) left << 32 | right;
    pairCounts.add(pair, by);
    if (by > 0) {
      found.computeIfAbsent(pair, _ -> new WordList()).add(word);
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
