package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Segments;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The backward pass for one chunk of keys of one document and key head: it owns dk and dv of the
 * chunk, and writes a partial dq of all queries that see it.
 *
 * <p>For each query head of the group and each tile of queries, tile of keys by tile of keys, with
 * scores as [keys, queries] as in {@link AttentionForward}: P = exp(S − L), dP = v·dOutᵀ, dS = P ·
 * (dP − D), then dv += P·dOut, dk += dS·(scale·q), dqᵀ += kᵀ·dS.
 *
 * @param mask of dropped probabilities, null for none
 * @param keys [kvHeads, rows, padded headDim]
 * @param values as keys
 * @param queryPartials [chunks, rows, heads · headDim]
 */
record AttentionBackward(
    AttentionSpec spec,
    Segments segments,
    AttentionMask mask,
    AttentionChunks chunks,
    MemorySegment dOut,
    MemorySegment q,
    MemorySegment out,
    MemorySegment logSumExp,
    float[] keys,
    float[] values,
    int rows,
    float[] queryPartials,
    MemorySegment dk,
    MemorySegment dv) {
  private static final int KEY_SUMS_SLOT = 0;
  private static final int VALUE_SUMS_SLOT = 1;

  /** The first of eight. */
  private static final int QUERY_SLOT = 2;

  private static final int SCORES_SLOT = 10;
  private static final int SCORE_GRADIENTS_SLOT = 11;
  private static final int CAPPED_SLOT = 12;

  /**
   * A tile of queries of one head, with what the loop over keys needs of it; used over and over.
   */
  private record QueryTile(
      float[] query,
      float[] queryT,
      float[] dOut,
      float[] dOutT,
      float[] out,
      float[] logSumExp,
      float[] d,
      float[] dQueryT) {
    static QueryTile in(Scratch scratch, int dim) {
      int width = MicroKernel.COLUMNS;
      long natural = (long) width * AttentionLoops.stride(dim);
      long transposed = (long) width * (AttentionLoops.stride(dim) + MicroKernel.ROWS);
      return new QueryTile(
          scratch.floats(QUERY_SLOT, natural),
          scratch.floats(QUERY_SLOT + 1, transposed),
          scratch.floats(QUERY_SLOT + 2, natural),
          scratch.floats(QUERY_SLOT + 3, transposed),
          scratch.floats(QUERY_SLOT + 4, natural),
          scratch.floats(QUERY_SLOT + 5, width),
          scratch.floats(QUERY_SLOT + 6, width),
          scratch.floats(QUERY_SLOT + 7, transposed));
    }
  }

  /** Computes one chunk. */
  void chunk(int document, int chunk, int kvHead, Scratch scratch) {
    int length = segments.keyLength(document);
    int start = chunks.start(chunk, length);
    int end = chunks.start(chunk + 1, length);
    int stride = AttentionLoops.stride(spec.headDim());
    long sumLength = (long) (end - start + MicroKernel.ROWS) * stride;
    float[] dKeys = scratch.floats(KEY_SUMS_SLOT, sumLength);
    float[] dValues = scratch.floats(VALUE_SUMS_SLOT, sumLength);
    Arrays.fill(dKeys, 0, (int) sumLength, 0);
    Arrays.fill(dValues, 0, (int) sumLength, 0);
    QueryTile tile = QueryTile.in(scratch, spec.headDim());
    for (int g = 0; g < spec.groupSize(); g++) {
      int head = kvHead * spec.groupSize() + g;
      for (int first = 0; first < length; first += MicroKernel.COLUMNS) {
        int queries = Math.min(MicroKernel.COLUMNS, length - first);
        int partial = chunk * rows + segments.queryStart(document) + first;
        int from = Math.max(start, AttentionLoops.firstKey(spec, first));
        // Tiles of keys begin at the same places for all queries.
        from = start + (from - start) / AttentionLoops.KEY_TILE * AttentionLoops.KEY_TILE;
        int to = Math.min(end, first + queries);
        if (from >= to) {
          clear(partial, queries, head);
          continue;
        }
        load(tile, document, head, first, queries);
        int keyRow = kvHead * rows + segments.keyStart(document);
        for (int key = from; key < to; key += AttentionLoops.KEY_TILE) {
          int count = Math.min(AttentionLoops.KEY_TILE, to - key);
          int width = MicroKernel.tileWidth(queries);
          float[] dropped =
              mask == null
                  ? null
                  : mask.tile(document, first, head, 1, queries, key, count, width, scratch);
          keyTile(
              tile,
              dropped,
              first,
              queries,
              key,
              count,
              keyRow,
              dKeys,
              dValues,
              (key - start) * stride,
              scratch);
        }
        storePartial(tile, queries, partial, head);
      }
    }
    store(dKeys, document, start, end, kvHead, dk);
    store(dValues, document, start, end, kvHead, dv);
  }

  private void load(QueryTile tile, int document, int head, int first, int queries) {
    int dim = spec.headDim();
    int width = MicroKernel.tileWidth(queries);
    int headStride = AttentionLoops.stride(dim);
    int stride = spec.queryWidth();
    long row = segments.queryStart(document) + first;
    AttentionLoops.loadHead(q, row, queries, stride, head * dim, dim, tile.query);
    AttentionLoops.scale(tile.query, queries * headStride, spec.scale());
    AttentionLoops.loadHead(dOut, row, queries, stride, head * dim, dim, tile.dOut);
    Arrays.fill(tile.query, queries * headStride, width * headStride, 0);
    Arrays.fill(tile.dOut, queries * headStride, width * headStride, 0);
    Transpose.matrix(tile.query, headStride, queries, dim, tile.queryT, width);
    Transpose.matrix(tile.dOut, headStride, queries, dim, tile.dOutT, width);
    AttentionLoops.loadHead(out, row, queries, stride, head * dim, dim, tile.out);
    for (int i = 0; i < width; i++) {
      boolean exists = i < queries;
      tile.d[i] =
          exists ? DotKernel.dot(tile.dOut, i * headStride, tile.out, i * headStride, dim) : 0;
      tile.logSumExp[i] =
          exists
              ? AttentionLoops.perHead(logSumExp, row + i, spec.heads(), head)
              : Float.POSITIVE_INFINITY;
    }
    Arrays.fill(tile.dQueryT, 0, dim * width, 0);
  }

  private void keyTile(
      QueryTile tile,
      float[] dropped,
      int first,
      int queries,
      int key,
      int count,
      int keyRow,
      float[] dKeys,
      float[] dValues,
      int sumAt,
      Scratch scratch) {
    int dim = spec.headDim();
    int width = MicroKernel.tileWidth(queries);
    long size = (long) (AttentionLoops.KEY_TILE + MicroKernel.ROWS) * width;
    float[] p = scratch.floats(SCORES_SLOT, size);
    float[] dS = scratch.floats(SCORE_GRADIENTS_SLOT, size);
    int at = (keyRow + key) * AttentionLoops.stride(dim);
    AttentionLoops.scores(keys, at, count, tile.queryT, width, dim, p);
    float[] capped = null;
    if (spec.softcap() > 0) {
      capped = scratch.floats(CAPPED_SLOT, size);
      AttentionLoops.softcap(p, count * width, spec.softcap());
      System.arraycopy(p, 0, capped, 0, count * width);
    }
    AttentionLoops.mask(spec, first, queries, 1, key, count, p, width);
    AttentionLoops.subtract(p, count, width, tile.logSumExp);
    VectorMath.exp(p, 0, count * width, 1, 0);
    AttentionLoops.scores(values, at, count, tile.dOutT, width, dim, dS);
    if (dropped != null) {
      NormLoops.multiply(dS, dropped, count * width);
    }
    AttentionLoops.softmaxGradient(p, dS, count, width, tile.d);
    if (dropped != null) {
      NormLoops.multiply(p, dropped, count * width);
    }
    if (capped != null) {
      PointwiseLoops.softcapBackward(dS, capped, 1 / spec.softcap(), count * width);
    }
    AttentionLoops.addWeighted(p, count, width, queries, tile.dOut, dim, dValues, sumAt);
    AttentionLoops.addWeighted(dS, count, width, queries, tile.query, dim, dKeys, sumAt);
    AttentionLoops.addTransposed(keys, at, count, dim, dS, width, tile.dQueryT);
  }

  private void clear(int partialRow, int queries, int head) {
    for (int i = 0; i < queries; i++) {
      int at = (partialRow + i) * spec.queryWidth() + head * spec.headDim();
      Arrays.fill(queryPartials, at, at + spec.headDim(), 0);
    }
  }

  private void storePartial(QueryTile tile, int queries, int partialRow, int head) {
    int dim = spec.headDim();
    int width = MicroKernel.tileWidth(queries);
    int stride = AttentionLoops.stride(dim);
    float[] dQuery = tile.out; // has been read
    AttentionLoops.scale(tile.dQueryT, dim * width, spec.scale());
    Transpose.matrix(tile.dQueryT, width, dim, width, dQuery, stride);
    for (int i = 0; i < queries; i++) {
      int at = (partialRow + i) * spec.queryWidth() + head * dim;
      System.arraycopy(dQuery, i * stride, queryPartials, at, dim);
    }
  }

  private void store(
      float[] sums, int document, int start, int end, int kvHead, MemorySegment target) {
    int dim = spec.headDim();
    for (int key = start; key < end; key++) {
      long row = segments.keyStart(document) + key;
      Numbers.storeF32(
          sums,
          (key - start) * AttentionLoops.stride(dim),
          target,
          row * spec.kvWidth() + kvHead * dim,
          dim);
    }
  }
}
