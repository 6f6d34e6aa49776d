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
    return List.of(
        new Launch(
            new TiledAttentionKeyGradient(shape, vector),
            Grid.of(tileCount, shape.kvHeads()),
            arguments));
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
    ScoreBlock block = new ScoreBlock(k, shape.headDim(), vector);
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
                List<F32> s = block.products(tileK, tileQ);
                List<F32> dp = block.products(tileV, tileG);
                List<F32> p = new ArrayList<>();
                List<F32> ds = new ArrayList<>();
                for (int j = 0; j < 4; j++) {
                  B32 query = k.add(q0, block.column(j));
                  Pred inside = k.lt(query, length);
                  B32 some = k.min(query, k.sub(length, k.constant(1)));
                  F32 lse = k.loadFloatReadOnly(in.statistic("logSumExp", some, head));
                  F32 d = k.loadFloatReadOnly(in.statistic("rowSums", some, head));
                  for (int i = 0; i < 4; i++) {
                    B32 key = k.add(tile.first(), block.row(i));
                    Pred seen = k.and(inside, scores.sees(query, key));
                    F32 score = scores.score(s.get(i * 4 + j));
                    F32 probability = k.expOfNonPositive(k.sub(score, lse));
                    p.add(k.select(seen, probability, 0f));
                    F32 slope = k.mul(k.sub(dp.get(i * 4 + j), d), scores.derivative(score));
                    ds.add(k.select(seen, k.mul(probability, slope), 0f));
                  }
                }
                block.putColumns(tileP, p);
                block.add(dv, tileP, part, dOut, q0, length);
                block.putColumns(tileP, ds);
                block.add(dk, tileP, part, q, q0, length);
              });
        });
    HeadRows dkRows = in.ofKeys("dk", kvHead);
    HeadRows dvRows = in.ofKeys("dv", kvHead);
    block.store(dkRows, tile.first(), length, dk);
    block.store(dvRows, tile.first(), length, dv);
  }
}
