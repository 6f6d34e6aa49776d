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

  /** Heads of a tile: a whole group, if each of its queries still gets a column. */
  static int headsPerTile(AttentionSpec spec) {
    return spec.groupSize() <= MicroKernel.COLUMNS ? spec.groupSize() : 1;
  }

  /** Computes queries {@code first} … of a document for the heads of a tile. */
  void tile(int document, int head, int first, Scratch scratch) {
    int dim = spec.headDim();
    int heads = headsPerTile(spec);
    int queries = Math.min(MicroKernel.COLUMNS / heads, segments.queryLength(document) - first);
    int columns = queries * heads;
    int width = MicroKernel.tileWidth(columns);
    int stride = AttentionLoops.stride(dim);
    long row = segments.queryStart(document) + first;
    float[] query = scratch.floats(0, (long) width * stride);
    float[] queryT = scratch.floats(1, (long) width * dim);
    for (int c = 0; c < columns; c++) {
      AttentionLoops.loadRow(q, element(row, head, c), dim, query, c * stride);
    }
    Arrays.fill(query, columns * stride, width * stride, 0);
    Transpose.matrix(query, stride, columns, dim, queryT, width);
    AttentionLoops.scale(queryT, dim * width, spec.scale());

    float[] most = scratch.floats(2, width);
    float[] sums = scratch.floats(3, width);
    float[] sumsOfValues = scratch.floats(4, (long) (stride + MicroKernel.ROWS) * width);
    Arrays.fill(most, 0, width, Float.NEGATIVE_INFINITY);
    Arrays.fill(sums, 0, width, 0);
    Arrays.fill(sumsOfValues, 0, dim * width, 0);

    int position = segments.keyLength(document) - segments.queryLength(document) + first;
    int keyRow = head / spec.groupSize() * keyRows + segments.keyStart(document);
    int end = position + queries;
    int start = AttentionLoops.firstKey(spec, position);
    for (int key = start; key < end; key += AttentionLoops.KEY_TILE) {
      int count = Math.min(AttentionLoops.KEY_TILE, end - key);
      float[] dropped = null;
      if (mask != null) {
        dropped = scratch.floats(8, (long) AttentionLoops.KEY_TILE * width);
        float[] line = scratch.floats(9, AttentionMask.lineLength());
        mask.tile(document, first, head, heads, columns, key, count, line, dropped, width);
      }
      keyTile(
          position,
          columns,
          width,
          key,
          count,
          keyRow,
          queryT,
          dropped,
          most,
          sums,
          sumsOfValues,
          scratch);
    }
    finish(row, head, columns, width, most, sums, sumsOfValues, query);
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
      float[] most,
      float[] sums,
      float[] sumsOfValues,
      Scratch scratch) {
    int dim = spec.headDim();
    float[] scores = scratch.floats(5, (long) (AttentionLoops.KEY_TILE + MicroKernel.ROWS) * width);
    float[] shift = scratch.floats(6, width);
    float[] factor = scratch.floats(7, width);
    int at = (keyRow + key) * AttentionLoops.stride(dim);
    AttentionLoops.scores(keys, at, count, queryT, width, dim, scores);
    if (spec.softcap() > 0) {
      AttentionLoops.softcap(scores, count * width, spec.softcap());
    }
    AttentionLoops.mask(spec, position, columns, headsPerTile(spec), key, count, scores, width);
    System.arraycopy(most, 0, factor, 0, width);
    AttentionLoops.max(scores, count, width, most);
    AttentionLoops.finiteShift(most, width, shift);
    AttentionLoops.subtract(factor, 1, width, shift);
    VectorMath.exp(factor, 0, width, 1, 0);
    AttentionLoops.subtract(scores, count, width, shift);
    VectorMath.exp(scores, 0, count * width, 1, 0);
    AttentionLoops.sum(scores, count, width, factor, sums);
    AttentionLoops.rescale(sumsOfValues, dim, width, factor);
    if (dropped != null) {
      NormLoops.multiply(scores, dropped, count * width);
    }
    AttentionLoops.addTransposed(values, at, count, dim, scores, width, sumsOfValues);
  }

  /** First element of a column's query: columns are heads of a query, then the next query. */
  private long element(long row, int head, int column) {
    int heads = headsPerTile(spec);
    return ((row + column / heads) * spec.heads() + head + column % heads) * spec.headDim();
  }

  private void finish(
      long row,
      int head,
      int columns,
      int width,
      float[] most,
      float[] sums,
      float[] sumsOfValues,
      float[] rows) {
    int dim = spec.headDim();
    int stride = AttentionLoops.stride(dim);
    if (logSumExp != null) {
      for (int c = 0; c < columns; c++) {
        float value = (float) (most[c] + Math.log(sums[c]));
        logSumExp.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (element(row, head, c) / dim), value);
      }
    }
    AttentionLoops.invert(sums, width);
    AttentionLoops.rescale(sumsOfValues, dim, width, sums);
    Transpose.matrix(sumsOfValues, width, dim, width, rows, stride);
    for (int c = 0; c < columns; c++) {
      Numbers.storeF32(rows, c * stride, out, element(row, head, c), dim);
    }
  }
}
