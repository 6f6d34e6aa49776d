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
 * The gradients of {@link TiledAttention} by its keys and values, fp32: with P and dS as in {@link
 * TiledAttentionQueryGradient}, dv = Pᵀ·dOut and dk = dSᵀ·q. A block walks over all query heads
 * that share its key head, so their sums need no atomics.
 *
 * <pre>
 * (document, k0) = tiles[blockIdx.x];  kvHead = blockIdx.y           // 32 keys; 8 x 8 threads
 * sK = k[k0 ...];  sV = v[k0 ...];  dk = dv = 0
 * for head in the group;  for (q0 = k0; q0 &lt;= last query that sees a key; q0 += 32)
 *   sQ = q[q0 ...];  sG = dOut[q0 ...];  s = score(sK * sQ^T);  dp = sV * sG^T
 *   sP = exp(s - lse);                          dv += sP * dOut[q0 ...]
 *   sP = sP * (dp - D) * score'(s);             dk += sP * q[q0 ...]
 * </pre>
 *
 * <p>Only for documents whose queries are their keys. Least bytes: q, k, v and dOut read, dk and dv
 * written. 8·headDim FLOPs for each visible pair and head.
 *
 * @param shape heads, options, types
 * @param vector elements of an access: 4, or 1
 */
public record TiledAttentionKeyGradient(AttentionShape shape, int vector) implements Kernel {
  /** Keys of a block. */
  public static final int BLOCK_KEYS = ScoreBlock.TILE;

  private static final int EDGE = ScoreBlock.EDGE;

  /**
   * What to launch.
   *
   * @param tiles {@link AttentionTiles#ofKeys}, {@link #BLOCK_KEYS} each
   * @param tileCount how many
   * @param logSumExp fp32 [queries, heads], of the forward
   * @param rowSums fp32 [queries, heads], of {@link TiledAttentionQueryGradient}
   */
  public static List<Launch> launches(
      AttentionShape shape,
      AttentionOptions options,
      DeviceSlice tiles,
      int tileCount,
      AttentionTensor dOut,
      AttentionTensor q,
      AttentionTensor k,
      AttentionTensor v,
      Array logSumExp,
      Array rowSums,
      AttentionTensor dk,
      AttentionTensor dv) {
    if (tileCount == 0) {
      return List.of();
    }
    int vector = AttentionTensor.vector(4, shape.headDim(), dOut, q, k, v, dk, dv);
    List<Object> arguments =
        new AttentionArguments.Builder(tiles)
            .tensors(dOut, q, k, v)
            .statistics(logSumExp, rowSums)
            .tensors(dk, dv)
            .build(shape, options);
    TiledAttentionKeyGradient kernel = new TiledAttentionKeyGradient(shape, vector);
    Grid grid = new Grid(tileCount, shape.kvHeads(), kernel.sharers());
    return List.of(new Launch(kernel, grid, arguments));
  }

  /** Blocks that share a head's elements. */
  private int sharers() {
    return shape.headDim() > 128 ? 2 : 1;
  }

  @Override
  public int threadsPerBlock() {
    return ScoreBlock.THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    AttentionArguments.InKernel in =
        new AttentionArguments.InKernel(k, shape, vector)
            .inputs(shape.outType(), "dOut")
            .inputs(shape.type(), "q", "k", "v")
            .statistics("logSumExp", "rowSums")
            .outputs(shape.type(), "dk", "dv")
            .done();
    AttentionScores scores = in.scores();
    AttentionTiles.InKernel tile = in.tile;
    ScoreBlock block = new ScoreBlock(k, shape.headDim(), vector, sharers());
    B32 kvHead = k.blockY();
    GemmTile tileK = block.headTile();
    GemmTile tileV = block.headTile();
    GemmTile tileQ = block.headTile();
    GemmTile tileG = block.headTile();
    GemmTile tileP = block.scoreTile();
    GemmTile part = block.partTile();
    B32 length = tile.keyLength();
    HeadRows keyRows = in.ofKeys("k", kvHead);
    HeadRows valueRows = in.ofKeys("v", kvHead);
    block.fill(tileK, keyRows, tile.first(), length);
    block.fill(tileV, valueRows, tile.first(), length);
    B32 firstHead = k.mul(kvHead, shape.groupSize());
    B32 lastSeen = scores.lastQuery(k.add(tile.first(), BLOCK_KEYS - 1));
    B32 end = k.min(length, k.add(lastSeen, 1));
    List<F32> dk = block.headSums();
    List<F32> dv = block.headSums();
    k.forRange(
        firstHead,
        k.add(firstHead, shape.groupSize()),
        1,
        head -> {
          HeadRows q = in.ofQueries("q", head);
          HeadRows dOut = in.ofQueries("dOut", head);
          k.forRange(
              tile.first(),
              end,
              ScoreBlock.TILE,
              q0 -> {
                block.fill(tileQ, q, q0, length);
                block.fill(tileG, dOut, q0, length);
                k.barrier();
                List<F32> scored = Vectors.map(block.products(tileK, tileQ), scores::score);
                List<F32> p = probabilities(k, in, block, scored, q0, head);
                block.putColumns(tileP, p);
                block.add(dv, tileP, part, dOut, q0, length);
                List<F32> dp = block.products(tileV, tileG);
                block.putColumns(tileP, slopes(k, in, block, scored, p, dp, q0, head));
                block.add(dk, tileP, part, q, q0, length);
              });
        });
    HeadRows dkRows = in.ofKeys("dk", kvHead);
    HeadRows dvRows = in.ofKeys("dv", kvHead);
    block.store(dkRows, tile.first(), length, dk);
    block.store(dvRows, tile.first(), length, dv);
  }

  /** exp(score − lse) where the query sees the key, 0 elsewhere; column by column. */
  private static List<F32> probabilities(
      PtxAssembler k,
      AttentionArguments.InKernel in,
      ScoreBlock block,
      List<F32> scored,
      B32 q0,
      B32 head) {
    List<F32> p = new ArrayList<>();
    for (int j = 0; j < EDGE; j++) {
      B32 query = k.add(q0, block.column(j));
      Pred inside = k.lt(query, in.tile.keyLength());
      F32 lse = k.loadFloatReadOnly(in.statistic("logSumExp", clamped(k, in, query), head));
      for (int i = 0; i < EDGE; i++) {
        B32 key = k.add(in.tile.first(), block.row(i));
        Pred seen = k.and(inside, in.scores().sees(query, key));
        F32 probability = k.expOfNonPositive(k.sub(scored.get(i * EDGE + j), lse));
        p.add(k.select(seen, probability, 0f));
      }
    }
    return p;
  }

  /** p · (dp − D) · score′; 0 where p is, also if a query that does not see the key is NaN. */
  private static List<F32> slopes(
      PtxAssembler k,
      AttentionArguments.InKernel in,
      ScoreBlock block,
      List<F32> scored,
      List<F32> p,
      List<F32> dp,
      B32 q0,
      B32 head) {
    List<F32> slopes = new ArrayList<>();
    for (int j = 0; j < EDGE; j++) {
      B32 query = clamped(k, in, k.add(q0, block.column(j)));
      F32 d = k.loadFloatReadOnly(in.statistic("rowSums", query, head));
      for (int i = 0; i < EDGE; i++) {
        F32 derivative = in.scores().derivative(scored.get(i * EDGE + j));
        F32 probability = p.get(j * EDGE + i);
        F32 slope = k.mul(probability, k.mul(k.sub(dp.get(i * EDGE + j), d), derivative));
        slopes.add(k.select(k.eq(probability, 0f), 0f, slope));
      }
    }
    return slopes;
  }

  /** The query, or the document's last one where it lies beyond. */
  private static B32 clamped(PtxAssembler k, AttentionArguments.InKernel in, B32 query) {
    return k.min(query, k.sub(in.tile.keyLength(), k.constant(1)));
  }
}
