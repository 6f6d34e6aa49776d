package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Segments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The forward pass for one tile of queries of a group of heads, tile of keys by tile of keys, with
 * a running maximum and sum (the online softmax of Milakov and Gimelshein, 2018).
 *
 * <p>Everything is held transposed: scores as [keys, queries], the output as [headDim, queries].
 * The probabilities then are a factor B of the second product just as the first product leaves
 * them, and nothing but the tile of queries must be rearranged.
 *
 * @param mask of dropped probabilities, null for none
 * @param keys [kvHeads, keyRows, padded headDim]
 * @param values as keys
 * @param logSumExp null where not wanted
 */
record AttentionForward(
    AttentionSpec spec,
    Segments segments,
    AttentionMask mask,
    MemorySegment q,
    float[] keys,
    float[] values,
    int keyRows,
    MemorySegment out,
    MemorySegment logSumExp) {
  private static final int ROWS_SLOT = 0;
  private static final int QUERIES_SLOT = 1;
  private static final int MAXIMA_SLOT = 2;
  private static final int SUMS_SLOT = 3;
  private static final int VALUE_SUMS_SLOT = 4;
  private static final int SCORES_SLOT = 5;
  private static final int SHIFTS_SLOT = 6;
  private static final int FACTORS_SLOT = 7;

  /** Heads of a tile: a whole group, if each of its queries still gets a column. */
  static int headsPerTile(AttentionSpec spec) {
    return spec.groupSize() <= MicroKernel.COLUMNS ? spec.groupSize() : 1;
  }

  /** Computes queries {@code first} … of a document for the heads of a tile. */
  void tile(int document, int head, int first, Scratch scratch) {
    int heads = headsPerTile(spec);
    int queries = Math.min(MicroKernel.COLUMNS / heads, segments.queryLength(document) - first);
    int columns = queries * heads;
    int width = MicroKernel.tileWidth(columns);
    long row = segments.queryStart(document) + first;
    float[] queryT = queries(row, head, columns, width, scratch);
    clearRunning(width, scratch);
    int position = segments.keyLength(document) - segments.queryLength(document) + first;
    int keyRow = head / spec.groupSize() * keyRows + segments.keyStart(document);
    int end = position + queries;
    int start = AttentionLoops.firstKey(spec, position);
    for (int key = start; key < end; key += AttentionLoops.KEY_TILE) {
      int count = Math.min(AttentionLoops.KEY_TILE, end - key);
      float[] dropped =
          mask == null
              ? null
              : mask.tile(document, first, head, heads, columns, key, count, width, scratch);
      keyTile(position, columns, width, key, count, keyRow, queryT, dropped, scratch);
    }
    finish(row, head, columns, width, scratch);
  }

  /** The queries of a tile, times the scale, as [headDim, width]. */
  private float[] queries(long row, int head, int columns, int width, Scratch scratch) {
    int dim = spec.headDim();
    int stride = AttentionLoops.stride(dim);
    float[] rows = scratch.floats(ROWS_SLOT, (long) width * stride);
    float[] queryT = scratch.floats(QUERIES_SLOT, (long) width * dim);
    for (int c = 0; c < columns; c++) {
      AttentionLoops.loadRow(q, element(row, head, c), dim, rows, c * stride);
    }
    Arrays.fill(rows, columns * stride, width * stride, 0);
    Transpose.matrix(rows, stride, columns, dim, queryT, width);
    AttentionLoops.scale(queryT, dim * width, spec.scale());
    return queryT;
  }

  private void clearRunning(int width, Scratch scratch) {
    Arrays.fill(scratch.floats(MAXIMA_SLOT, width), 0, width, Float.NEGATIVE_INFINITY);
    Arrays.fill(scratch.floats(SUMS_SLOT, width), 0, width, 0);
    Arrays.fill(valueSums(width, scratch), 0, spec.headDim() * width, 0);
  }

  /** Σ over keys of their probabilities times their values, [headDim, width] and a tile more. */
  private float[] valueSums(int width, Scratch scratch) {
    int rows = AttentionLoops.stride(spec.headDim()) + MicroKernel.ROWS;
    return scratch.floats(VALUE_SUMS_SLOT, (long) rows * width);
  }

  private void keyTile(
      int position,
      int columns,
      int width,
      int key,
      int count,
      int keyRow,
      float[] queryT,
      float[] dropped,
      Scratch scratch) {
    int dim = spec.headDim();
    float[] scores =
        scratch.floats(SCORES_SLOT, (long) (AttentionLoops.KEY_TILE + MicroKernel.ROWS) * width);
    int at = (keyRow + key) * AttentionLoops.stride(dim);
    AttentionLoops.scores(keys, at, count, queryT, width, dim, scores);
    if (spec.softcap() > 0) {
      AttentionLoops.softcap(scores, count * width, spec.softcap());
    }
    AttentionLoops.mask(spec, position, columns, headsPerTile(spec), key, count, scores, width);
    float[] factor = raiseMaxima(scores, count, width, scratch);
    VectorMath.exp(scores, 0, count * width, 1, 0);
    AttentionLoops.sum(scores, count, width, factor, scratch.floats(SUMS_SLOT, width));
    float[] valueSums = valueSums(width, scratch);
    AttentionLoops.rescale(valueSums, dim, width, factor);
    if (dropped != null) {
      NormLoops.multiply(scores, dropped, count * width);
    }
    AttentionLoops.addTransposed(values, at, count, dim, scores, width, valueSums);
  }

  /**
   * Lets the maxima take in the scores, which are then less by them.
   *
   * @return what sums so far must be multiplied by
   */
  private static float[] raiseMaxima(float[] scores, int count, int width, Scratch scratch) {
    float[] maxima = scratch.floats(MAXIMA_SLOT, width);
    float[] shift = scratch.floats(SHIFTS_SLOT, width);
    float[] factor = scratch.floats(FACTORS_SLOT, width);
    System.arraycopy(maxima, 0, factor, 0, width);
    AttentionLoops.max(scores, count, width, maxima);
    AttentionLoops.finiteShift(maxima, width, shift);
    AttentionLoops.subtract(factor, 1, width, shift);
    VectorMath.exp(factor, 0, width, 1, 0);
    AttentionLoops.subtract(scores, count, width, shift);
    return factor;
  }

  /** First element of a column's query: columns are heads of a query, then the next query. */
  private long element(long row, int head, int column) {
    int heads = headsPerTile(spec);
    return ((row + column / heads) * spec.heads() + head + column % heads) * spec.headDim();
  }

  private void finish(long row, int head, int columns, int width, Scratch scratch) {
    int dim = spec.headDim();
    int stride = AttentionLoops.stride(dim);
    float[] sums = scratch.floats(SUMS_SLOT, width);
    if (logSumExp != null) {
      float[] maxima = scratch.floats(MAXIMA_SLOT, width);
      for (int c = 0; c < columns; c++) {
        float value = (float) (maxima[c] + Math.log(sums[c]));
        logSumExp.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (element(row, head, c) / dim), value);
      }
    }
    float[] valueSums = valueSums(width, scratch);
    float[] rows = scratch.floats(ROWS_SLOT, (long) width * stride);
    AttentionLoops.invert(sums, width);
    AttentionLoops.rescale(valueSums, dim, width, sums);
    Transpose.matrix(valueSums, width, dim, width, rows, stride);
    for (int c = 0; c < columns; c++) {
      Numbers.storeF32(rows, c * stride, out, element(row, head, c), dim);
    }
  }
}
