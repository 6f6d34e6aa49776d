package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
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
        new ArrayList<>(
            List.of(
                tiles,
                dOut.slice(),
                q.slice(),
                k.slice(),
                v.slice(),
                logSumExp.slice(),
                rowSums.slice(),
                dk.slice(),
                dv.slice()));
    arguments.addAll(
        List.of(dOut.stride(), q.stride(), k.stride(), v.stride(), dk.stride(), dv.stride()));
    arguments.addAll(options.arguments(shape));
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
    GlobalPointer tiles = k.pointer("tiles", Integer.BYTES);
    ElementPointer gradients = k.input("dOut", shape.outType(), vector);
    ElementPointer queries = k.input("q", shape.type(), vector);
    ElementPointer keys = k.input("k", shape.type(), vector);
    ElementPointer values = k.input("v", shape.type(), vector);
    GlobalPointer logSumExp = k.pointer("logSumExp", Float.BYTES);
    GlobalPointer rowSums = k.pointer("rowSums", Float.BYTES);
    ElementPointer keyResults = k.output("dk", shape.type(), vector);
    ElementPointer valueResults = k.output("dv", shape.type(), vector);
    B32 dOutStride = k.size("dOutStride");
    B32 qStride = k.size("qStride");
    B32 kStride = k.size("kStride");
    B32 vStride = k.size("vStride");
    B32 dkStride = k.size("dkStride");
    B32 dvStride = k.size("dvStride");
    AttentionScores scores = AttentionScores.declare(k, shape);

    ScoreBlock block = new ScoreBlock(k, shape.headDim(), vector);
    AttentionTiles.InKernel tile = AttentionTiles.InKernel.load(k, tiles, k.blockX());
    B32 kvHead = k.blockY();
    GemmTile tileK = block.headTile();
    GemmTile tileV = block.headTile();
    GemmTile tileQ = block.headTile();
    GemmTile tileG = block.headTile();
    GemmTile tileP = block.scoreTile();
    GemmTile part = block.partTile();
    B32 length = tile.keyLength();
    ElementPointer keyRows = block.head(keys, tile.keyStart(), kStride, kvHead);
    ElementPointer valueRows = block.head(values, tile.keyStart(), vStride, kvHead);
    block.fill(tileK, keyRows, kStride, tile.first(), length);
    block.fill(tileV, valueRows, vStride, tile.first(), length);
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
          ElementPointer q = block.head(queries, tile.queryStart(), qStride, head);
          ElementPointer dOut = block.head(gradients, tile.queryStart(), dOutStride, head);
          k.forRange(
              tile.first(),
              end,
              ScoreBlock.TILE,
              q0 -> {
                block.fill(tileQ, q, qStride, q0, length);
                block.fill(tileG, dOut, dOutStride, q0, length);
                k.barrier();
                List<F32> s = block.products(tileK, tileQ);
                List<F32> dp = block.products(tileV, tileG);
                List<F32> p = new ArrayList<>();
                List<F32> ds = new ArrayList<>();
                for (int j = 0; j < 4; j++) {
                  B32 query = k.add(q0, block.column(j));
                  Pred inside = k.lt(query, length);
                  B32 some = k.min(query, k.sub(length, k.constant(1)));
                  B32 index = k.mad(k.add(tile.queryStart(), some), shape.heads(), head);
                  F32 lse = k.loadFloatReadOnly(k.at(logSumExp, index, Float.BYTES));
                  F32 d = k.loadFloatReadOnly(k.at(rowSums, index, Float.BYTES));
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
                block.add(dv, tileP, part, dOut, dOutStride, q0, length);
                block.putColumns(tileP, ds);
                block.add(dk, tileP, part, q, qStride, q0, length);
              });
        });
    ElementPointer dkRows = block.head(keyResults, tile.keyStart(), dkStride, kvHead);
    ElementPointer dvRows = block.head(valueResults, tile.keyStart(), dvStride, kvHead);
    block.store(dkRows, dkStride, tile.first(), length, dk);
    block.store(dvRows, dvStride, tile.first(), length, dv);
  }
}
