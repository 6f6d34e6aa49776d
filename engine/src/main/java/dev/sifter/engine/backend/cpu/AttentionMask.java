package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.AttentionDropout;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Segments;
import java.util.Arrays;

/** Masks of {@link AttentionDropout} for tiles of probabilities [keys, queries]. */
record AttentionMask(AttentionSpec spec, Segments segments, AttentionDropout dropout) {
  private static final int MASK_SLOT = 13;
  private static final int NUMBERS_SLOT = 14;

  /** The masks of one attention; null where nothing is dropped. */
  static AttentionMask of(AttentionSpec spec, Segments segments, AttentionDropout dropout) {
    return dropout == null ? null : new AttentionMask(spec, segments, dropout);
  }

  /**
   * The mask of a tile: 0 or 1/(1 − p), and 0 where a query cannot see a key.
   *
   * @param document whose queries and keys they are
   * @param firstQuery number of the first column's query in its document
   * @param head of the first column
   * @param columns number of columns, of which {@code heads} next to each other are one query's
   * @param firstKey number of the first key in its document
   * @return [keys, width], in scratch memory until the next tile
   */
  float[] tile(
      int document,
      int firstQuery,
      int head,
      int heads,
      int columns,
      int firstKey,
      int keys,
      int width,
      Scratch scratch) {
    float[] mask = scratch.floats(MASK_SLOT, (long) keys * width);
    float[] numbers =
        scratch.floats(NUMBERS_SLOT, DropoutMask.roundedUp(AttentionLoops.KEY_TILE + 3));
    Arrays.fill(mask, 0, keys * width, 0);
    int position = segments.keyLength(document) - segments.queryLength(document) + firstQuery;
    long row = segments.queryStart(document) + (long) firstQuery;
    float scale = (float) dropout.scale();
    for (int c = 0; c < columns; c++) {
      int seen = Math.min(keys, position + c / heads - firstKey + 1);
      if (seen > 0) {
        long number =
            AttentionDropout.firstNumber(spec, segments, row + c / heads, head + c % heads)
                + firstKey;
        int skipped = (int) (number & 3);
        DropoutMask.fill(
            dropout.stream(),
            number - skipped,
            seen + skipped,
            dropout.probability(),
            scale,
            numbers);
        for (int key = 0; key < seen; key++) {
          mask[key * width + c] = numbers[skipped + key];
        }
      }
    }
    return mask;
  }
}
