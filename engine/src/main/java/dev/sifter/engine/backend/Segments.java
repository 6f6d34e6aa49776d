package dev.sifter.engine.backend;

/**
 * The documents of a batch, as ranges of query rows and of key rows. Tokens of different documents
 * never see each other, so packing and batching need no mask.
 *
 * <p>Document d owns query rows [queryStart, queryStart + queryLength) and key rows [keyStart,
 * keyStart + keyLength). Its last query sits on its last key: query j has position keyLength −
 * queryLength + j and sees keys up to that position. In training both ranges are the same; with a
 * key/value cache the key range is longer.
 */
public final class Segments {
  private final int[] queryStarts;
  private final int[] queryLengths;
  private final int[] keyStarts;
  private final int[] keyLengths;

  private Segments(int[] queryStarts, int[] queryLengths, int[] keyStarts, int[] keyLengths) {
    this.queryStarts = queryStarts;
    this.queryLengths = queryLengths;
    this.keyStarts = keyStarts;
    this.keyLengths = keyLengths;
  }

  /** Documents one after the other, each attending to itself: training and evaluation. */
  public static Segments packed(int... lengths) {
    int[] starts = starts(lengths);
    int[] copy = lengths.clone();
    return new Segments(starts, copy, starts, copy);
  }

  /**
   * New tokens over a key/value cache.
   *
   * @param queryLengths new tokens of each sequence, their rows one after the other
   * @param keyStarts first cache row of each sequence
   * @param keyLengths cached tokens of each sequence, the new ones included
   * @throws IllegalArgumentException if a sequence has more new tokens than keys, or keys beyond
   *     the rows that an int can number
   */
  public static Segments cached(int[] queryLengths, int[] keyStarts, int[] keyLengths) {
    if (keyStarts.length != queryLengths.length || keyLengths.length != queryLengths.length) {
      throw new IllegalArgumentException(
          "%d sequences, but %d first key rows and %d numbers of keys"
              .formatted(queryLengths.length, keyStarts.length, keyLengths.length));
    }
    int[] starts = starts(queryLengths);
    for (int d = 0; d < starts.length; d++) {
      if (queryLengths[d] > keyLengths[d]) {
        throw new IllegalArgumentException(
            "%d new tokens, but only %d keys".formatted(queryLengths[d], keyLengths[d]));
      }
      if (keyStarts[d] < 0 || keyStarts[d] > Integer.MAX_VALUE - keyLengths[d]) {
        throw new IllegalArgumentException(
            "%d keys cannot begin at row %d".formatted(keyLengths[d], keyStarts[d]));
      }
    }
    return new Segments(starts, queryLengths.clone(), keyStarts.clone(), keyLengths.clone());
  }

  private static int[] starts(int[] lengths) {
    int[] starts = new int[lengths.length];
    long rows = 0;
    for (int d = 0; d < lengths.length; d++) {
      starts[d] = (int) rows;
      rows += lengths[d];
      if (lengths[d] < 0 || rows > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "document %d has %d tokens, the batch %d".formatted(d, lengths[d], rows));
      }
    }
    return starts;
  }

  /** Number of documents. */
  public int count() {
    return queryStarts.length;
  }

  /** First query row of a document. */
  public int queryStart(int document) {
    return queryStarts[document];
  }

  /** Query rows of a document. */
  public int queryLength(int document) {
    return queryLengths[document];
  }

  /** First key row of a document. */
  public int keyStart(int document) {
    return keyStarts[document];
  }

  /** Key rows of a document. */
  public int keyLength(int document) {
    return keyLengths[document];
  }

  /** The document of a query row. */
  public int documentOf(int queryRow) {
    int low = 0;
    int high = count() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (queryStarts[middle] <= queryRow) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Query rows in all. */
  public int queryRows() {
    int last = count() - 1;
    return last < 0 ? 0 : queryStarts[last] + queryLengths[last];
  }

  /** Least number of key rows that the key and value tensors must have. */
  public int keyRows() {
    int rows = 0;
    for (int d = 0; d < count(); d++) {
      rows = Math.max(rows, keyStarts[d] + keyLengths[d]);
    }
    return rows;
  }

  /**
   * Refuses documents whose keys are not their queries: those of a cache have no gradient.
   *
   * @param what has a gradient, for the message
   */
  public void requireOwnKeys(String what) {
    for (int d = 0; d < count(); d++) {
      if (keyStarts[d] != queryStarts[d] || keyLengths[d] != queryLengths[d]) {
        throw new IllegalArgumentException(
            ("%s has a gradient only where queries and keys are the same tokens; document %d has"
                    + " %d queries from row %d and %d keys from row %d")
                .formatted(what, d, queryLengths[d], queryStarts[d], keyLengths[d], keyStarts[d]));
      }
    }
  }

  /** Query-key pairs that a causal attention with this window (0: none) scores, per head. */
  public long scoredPairs(int slidingWindow) {
    long pairs = 0;
    for (int d = 0; d < count(); d++) {
      for (int j = 0; j < queryLengths[d]; j++) {
        int visible = keyLengths[d] - queryLengths[d] + j + 1;
        pairs += slidingWindow == 0 ? visible : Math.min(visible, slidingWindow);
      }
    }
    return pairs;
  }
}
