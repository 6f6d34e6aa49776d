package dev.sifter.model.decoder;

import dev.sifter.engine.backend.Segments;
import java.util.Arrays;
import java.util.List;

/**
 * Tokens of several documents, one after the other, without padding.
 *
 * @param ids token ids
 * @param positions of each token in its document, from 0
 * @param segments where the documents lie
 */
public record TokenBatch(int[] ids, int[] positions, Segments segments) {

  /** Checks that there is one position and one query row for every token. */
  public TokenBatch {
    if (ids.length != positions.length || ids.length != segments.queryRows()) {
      throw new IllegalArgumentException(
          "%d tokens, %d positions, %d rows"
              .formatted(ids.length, positions.length, segments.queryRows()));
    }
  }

  /** Whole documents, each attending to itself. */
  public static TokenBatch of(List<int[]> documents) {
    int[] lengths = documents.stream().mapToInt(document -> document.length).toArray();
    int total = Arrays.stream(lengths).sum();
    int[] ids = new int[total];
    int[] positions = new int[total];
    int at = 0;
    for (int[] document : documents) {
      System.arraycopy(document, 0, ids, at, document.length);
      for (int p = 0; p < document.length; p++) {
        positions[at + p] = p;
      }
      at += document.length;
    }
    return new TokenBatch(ids, positions, Segments.packed(lengths));
  }

  /** Number of tokens. */
  public int size() {
    return ids.length;
  }
}
