package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * softmax(mask(softcap(q·kᵀ · scale)))·v for each document and head, causal, in fp32 arithmetic
 * throughout, without ever holding the scores of more than a tile (Dao et al., FlashAttention). For
 * fp32 activations and any size of heads; {@code FlashAttention} is its fast peer in bfloat16.
 *
 * <pre>
 * (document, q0) = tiles[blockIdx.x];  head = blockIdx.y            // 32 queries; 8 x 8 threads
 * sQ = q[q0 ...];  m = -max, l = 0, o = 0                           // of 4 queries a thread
 * for (k0 = first key seen; k0 &lt;= last query's position; k0 += 32)
 *   sK = k[k0 ...];  s = sQ * sK^T * scale, capped, masked          // 4 x 4 a thread
 *   M = max(m, rowmax(s));  p = exp(s - M);  f = exp(m - M);  m = M
 *   l = l*f + rowsum(p);  sP = p;  o = o*f + sP * v[k0 ...]
 * out = o / l;  lse = m + log(l)
 * </pre>
 *
 * <p>Least bytes: q, k and v read, out written. 4·headDim FLOPs for each visible pair and head.
 *
 * @param shape heads, options, types
 * @param logSumExp whether lse is wanted: where a backward follows
 * @param vector elements of an access: 4, or 1
 */
public record TiledAttention(AttentionShape shape, boolean logSumExp, int vector)
    implements Kernel {
  /** Queries of a block. */
  public static final int BLOCK_QUERIES = ScoreBlock.TILE;

  private static final int EDGE = ScoreBlock.EDGE;
  private static final float LOWEST = -Float.MAX_VALUE;

  /**
   * What to launch.
   *
   * @param tiles {@link AttentionTiles#ofQueries}, {@link #BLOCK_QUERIES} each, on the device
   * @param tileCount how many
   * @param logSumExp fp32 [queries, heads], receives the natural log of each softmax denominator;
   *     null where no backward follows
   */
  public static List<Launch> launches(
      AttentionShape shape,
      AttentionOptions options,
      DeviceSlice tiles,
      int tileCount,
      AttentionTensor q,
      AttentionTensor k,
      AttentionTensor v,
      AttentionTensor out,
      Array logSumExp) {
    if (tileCount == 0) {
      return List.of();
    }
    TiledAttention kernel =
        new TiledAttention(
            shape, logSumExp != null, AttentionTensor.vector(4, shape.headDim(), q, k, v, out));
    List<Object> arguments =
        new AttentionArguments.Builder(tiles)
            .tensors(q, k, v, out)
            .statistics(logSumExp)
            .build(shape, options);
    return List.of(new Launch(kernel, Grid.of(tileCount, shape.heads()), arguments));
  }

  @Override
  public int threadsPerBlock() {
    return ScoreBlock.THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    AttentionArguments.InKernel in =
        new AttentionArguments.InKernel(k, shape, vector)
            .inputs(shape.type(), "q", "k", "v")
            .outputs(shape.outType(), "out")
            .statistics(logSumExp ? new String[] {"logSumExp"} : new String[0])
            .done();
    AttentionScores scores = in.scores();
    AttentionTiles.InKernel tile = in.tile;
    B32 head = k.blockY();
    B32 kvHead = k.div(head, shape.groupSize());
    HeadRows q = in.ofQueries("q", head);
    HeadRows keyRows = in.ofKeys("k", kvHead);
    HeadRows valueRows = in.ofKeys("v", kvHead);
    ScoreBlock block = new ScoreBlock(k, shape.headDim(), vector, 1);
    B32 before = k.sub(tile.keyLength(), tile.queryLength());
    B32 firstPosition = k.add(before, tile.first());
    B32 end = k.min(k.add(firstPosition, BLOCK_QUERIES), tile.keyLength());

    GemmTile tileQ = block.headTile();
    GemmTile tileK = block.headTile();
    GemmTile tileP = block.scoreTile();
    GemmTile tileV = block.partTile();
    block.fill(tileQ, q, tile.first(), tile.queryLength());
    List<F32> max = new ArrayList<>();
    for (int i = 0; i < EDGE; i++) {
      max.add(k.variable(LOWEST));
    }
    List<F32> total = block.zeros(EDGE);
    List<F32> o = block.headSums();
    k.forRange(
        scores.firstKey(firstPosition, ScoreBlock.TILE),
        end,
        ScoreBlock.TILE,
        k0 -> {
          block.fill(tileK, keyRows, k0, tile.keyLength());
          k.barrier();
          List<F32> s = masked(k, scores, block, block.products(tileQ, tileK), firstPosition, k0);
          softmax(k, block, s, max, total, o);
          block.put(tileP, s);
          block.add(o, tileP, tileV, valueRows, k0, tile.keyLength());
        });
    List<F32> inverse = Vectors.map(total, k::reciprocal);
    for (int e = 0; e < o.size(); e++) {
      o.set(e, k.mul(o.get(e), inverse.get(e / EDGE % EDGE)));
    }
    HeadRows to = in.ofQueries("out", head);
    block.store(to, tile.first(), tile.queryLength(), o);
    if (logSumExp) {
      storeLogSumExp(k, block, in, head, max, total);
    }
  }

  /** The scores of 4 × 4 pairs, −∞ where the query does not see the key. */
  private static List<F32> masked(
      PtxAssembler k,
      AttentionScores scores,
      ScoreBlock block,
      List<F32> products,
      B32 firstPosition,
      B32 k0) {
    List<F32> masked = new ArrayList<>();
    for (int i = 0; i < EDGE; i++) {
      B32 query = k.add(firstPosition, block.row(i));
      for (int j = 0; j < EDGE; j++) {
        B32 key = k.add(k0, block.column(j));
        F32 score = scores.score(products.get(i * EDGE + j));
        masked.add(k.select(scores.sees(query, key), score, Float.NEGATIVE_INFINITY));
      }
    }
    return masked;
  }

  /** Turns scores into exp(score − max) in place of them; rescales what was summed so far. */
  private static void softmax(
      PtxAssembler k, ScoreBlock block, List<F32> s, List<F32> max, List<F32> total, List<F32> o) {
    List<F32> largest = block.overColumns(s, k::max);
    List<F32> factors = new ArrayList<>();
    for (int i = 0; i < EDGE; i++) {
      F32 newMax = k.max(max.get(i), largest.get(i));
      factors.add(k.expOfNonPositive(k.sub(max.get(i), newMax)));
      k.assign(max.get(i), newMax);
      for (int j = 0; j < EDGE; j++) {
        s.set(i * EDGE + j, k.expOfNonPositive(k.sub(s.get(i * EDGE + j), newMax)));
      }
    }
    List<F32> rowSums = block.overColumns(s, k::add);
    for (int i = 0; i < EDGE; i++) {
      F32 sum = total.get(i);
      k.assign(sum, k.fma(sum, factors.get(i), rowSums.get(i)));
    }
    for (int e = 0; e < o.size(); e++) {
      F32 value = o.get(e);
      k.assign(value, k.mul(value, factors.get(e / EDGE % EDGE)));
    }
  }

  private void storeLogSumExp(
      PtxAssembler k,
      ScoreBlock block,
      AttentionArguments.InKernel in,
      B32 head,
      List<F32> max,
      List<F32> total) {
    Pred first = k.eq(block.tx, 0);
    for (int i = 0; i < EDGE; i++) {
      B32 row = k.add(in.tile.first(), block.row(i));
      Pred inside = k.and(first, k.lt(row, in.tile.queryLength()));
      F32 lse = k.add(max.get(i), k.log(total.get(i)));
      k.storeIf(inside, in.statistic("logSumExp", row, head), lse);
    }
  }
}
