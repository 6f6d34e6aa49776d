package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.AttentionChecks;
import dev.sifter.engine.backend.AttentionDropout;
import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Checks shapes, brings keys and values into arrays, and hands out tiles. */
final class CpuAttention implements AttentionKernels {
  private static final int KEYS_SLOT = 0;
  private static final int VALUES_SLOT = 1;
  private static final int PARTIALS_SLOT = 2;

  private final CpuContext context;
  private final Rope rope;

  CpuAttention(CpuContext context) {
    this.context = context;
    rope = new Rope(context);
  }

  @Override
  public void rope(
      Tensor x,
      int headDim,
      boolean interleaved,
      Tensor cos,
      Tensor sin,
      Tensor positions,
      boolean inverse,
      boolean accumulate,
      Tensor y) {
    rope.rotate(x, headDim, interleaved, cos, sin, positions, inverse, accumulate, y);
  }

  private static void check(AttentionSpec spec, Segments segments, Tensor q, Tensor k, Tensor v) {
    Checks.f32("q", q);
    Checks.f32("k", k);
    Checks.f32("v", v);
    AttentionChecks.inputs(spec, segments, q, k, v);
  }

  /**
   * A tensor of heads as an array of one block per head: [heads, rows, padded headDim]. Only rows
   * that a document has as keys are copied; a cache has room for more.
   */
  private float[] byHead(int slot, Tensor x, Segments segments, int heads, int headDim) {
    // The micro-kernels read whole tiles of rows and columns, past the end of the last head.
    int stride = AttentionLoops.stride(headDim);
    int rows = segments.keyRows();
    long slack = (long) MicroKernel.ROWS * stride;
    float[] target = context.shared().floats(slot, (long) rows * heads * stride + slack);
    var source = x.segment();
    int[] firstKey = new int[segments.count() + 1];
    for (int d = 0; d < segments.count(); d++) {
      firstKey[d + 1] = Math.addExact(firstKey[d], segments.keyLength(d));
    }
    context.runRanges(
        firstKey[segments.count()],
        Grain.rows(heads * headDim),
        (from, to, worker) -> {
          int document = documentOf(firstKey, (int) from);
          for (int key = (int) from; key < to; document++) {
            int end = (int) Math.min(to, firstKey[document + 1]);
            int row = segments.keyStart(document) + key - firstKey[document];
            copyHeads(source, row, end - key, heads, headDim, rows, target);
            key = end;
          }
        });
    return target;
  }

  private static void copyHeads(
      MemorySegment source, int first, int count, int heads, int dim, int rows, float[] target) {
    int stride = AttentionLoops.stride(dim);
    for (int h = 0; h < heads; h++) {
      for (int row = first; row < first + count; row++) {
        int at = (int) ((h * (long) rows + row) * stride);
        AttentionLoops.loadRow(source, ((long) row * heads + h) * dim, dim, target, at);
      }
    }
  }

  @Override
  public void attention(
      AttentionSpec spec,
      Segments segments,
      AttentionDropout dropout,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp) {
    check(spec, segments, q, k, v);
    Checks.same("out", out, "q", q);
    if (logSumExp != null) {
      AttentionChecks.logSumExp(spec, segments, logSumExp);
    }
    int keyRows = segments.keyRows();
    float[] keys = byHead(KEYS_SLOT, k, segments, spec.kvHeads(), spec.headDim());
    float[] values = byHead(VALUES_SLOT, v, segments, spec.kvHeads(), spec.headDim());
    int headsPerTile = AttentionForward.headsPerTile(spec);
    int queriesPerTile = MicroKernel.COLUMNS / headsPerTile;
    int headTiles = spec.heads() / headsPerTile;
    int[] firstTile = new int[segments.count() + 1];
    for (int d = 0; d < segments.count(); d++) {
      firstTile[d + 1] = firstTile[d] + Math.ceilDiv(segments.queryLength(d), queriesPerTile);
    }
    AttentionForward forward =
        new AttentionForward(
            spec,
            segments,
            AttentionMask.of(spec, segments, dropout),
            q.segment(),
            keys,
            values,
            keyRows,
            out.segment(),
            logSumExp == null ? null : logSumExp.segment());
    context.run(
        firstTile[segments.count()] * headTiles,
        (task, worker) -> {
          int tile = task / headTiles;
          int document = documentOf(firstTile, tile);
          int first = (tile - firstTile[document]) * queriesPerTile;
          int head = task % headTiles * headsPerTile;
          forward.tile(document, head, first, context.scratch(worker));
        });
  }

  /** The last document whose first item is not after {@code item}; empty documents own none. */
  private static int documentOf(int[] firstItem, int item) {
    int low = 0;
    int high = firstItem.length - 1;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (firstItem[middle] <= item) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public void attentionBackward(
      AttentionSpec spec,
      Segments segments,
      AttentionDropout dropout,
      Tensor dOut,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp,
      Tensor dq,
      Tensor dk,
      Tensor dv) {
    check(spec, segments, q, k, v);
    Checks.same("dOut", dOut, "q", q);
    Checks.same("out", out, "q", q);
    Checks.same("dq", dq, "q", q);
    Checks.same("dk", dk, "k", k);
    Checks.same("dv", dv, "v", v);
    AttentionChecks.logSumExp(spec, segments, logSumExp);
    AttentionChecks.gradient(spec, segments, k);
    int rows = segments.keyRows();
    AttentionChunks chunks = AttentionChunks.of(segments, spec.kvHeads());
    long partial = (long) rows * spec.queryWidth();
    AttentionBackward backward =
        new AttentionBackward(
            spec,
            segments,
            AttentionMask.of(spec, segments, dropout),
            chunks,
            dOut.segment(),
            q.segment(),
            out.segment(),
            logSumExp.segment(),
            byHead(KEYS_SLOT, k, segments, spec.kvHeads(), spec.headDim()),
            byHead(VALUES_SLOT, v, segments, spec.kvHeads(), spec.headDim()),
            rows,
            context.shared().floats(PARTIALS_SLOT, chunks.perDocument() * partial),
            dk.segment(),
            dv.segment());
    context.run(
        segments.count() * chunks.perDocument() * spec.kvHeads(),
        (task, worker) -> {
          int kvHead = task % spec.kvHeads();
          int document = task / spec.kvHeads() % segments.count();
          int chunk = task / spec.kvHeads() / segments.count();
          backward.chunk(document, chunk, kvHead, context.scratch(worker));
        });
    sumPartials(backward, chunks.perDocument(), spec.queryWidth(), dq);
  }

  /** dq = Σ over chunks, in their order. */
  private void sumPartials(AttentionBackward backward, int chunks, int width, Tensor dq) {
    var target = dq.segment();
    float[] partials = backward.queryPartials();
    int rows = dq.rows();
    context.runRanges(
        rows,
        Grain.rows(width),
        (from, to, worker) -> {
          float[] sum = context.scratch(worker).floats(0, width);
          for (long row = from; row < to; row++) {
            Arrays.fill(sum, 0, width, 0);
            for (int chunk = 0; chunk < chunks; chunk++) {
              AttentionLoops.add(partials, (chunk * rows + (int) row) * width, sum, width);
            }
            Numbers.storeF32(sum, 0, target, row * width, width);
          }
        });
  }
}
