package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import dev.sifter.kernels.ptx.SharedTile;
import dev.sifter.kernels.ptx.TileCopy;
import dev.sifter.kernels.ptx.TileReader;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradients of {@link FlashAttention} by its keys and values: with P and dS as in {@link
 * FlashAttentionQueryGradient}, dv = Pᵀ·dOut and dk = dSᵀ·q. A block has the keys of all query
 * heads that share its key head, so their sums need no atomics; it makes the scores' transpose, so
 * that Pᵀ and dSᵀ are operands A as they are.
 *
 * <pre>
 * (document, k0) = tiles[blockIdx.x];  kvHead = blockIdx.y         // 16 keys a warp
 * copy sK, sV = k, v[k0 ...];  dk = dv = 0
 * for head in the group;  for (q0 = k0; q0 &lt;= last query that sees a key; q0 += 64)
 *   sync;  copy sQ, sG = q, dOut[q0 ...], sL = lse, sD = D;  wait; sync
 *   st = mma(sK, sQ^T);  pt = exp2(st*c - sL*log2e), masked;  dv += mma(bf16(pt), sG)
 *   dpt = mma(sV, sG^T); pt = pt * (dpt - sD) * score'(st);   dk += mma(bf16(pt), sQ)
 * </pre>
 *
 * <p>Where heads have more than 128 elements, blocks (z = 0, 1) sum up the first and the last half
 * of them, in whole fragments; what both have, the first one stores. Only for documents whose
 * queries are their keys. Least bytes: q, k, v and dOut read, dk and dv written. 8·headDim FLOPs
 * for each visible pair and head.
 *
 * @param shape heads, options, types
 */
public record FlashAttentionKeyGradient(AttentionShape shape) implements Kernel {
  /** Keys of a block. */
  public static final int BLOCK_KEYS = 64;

  private static final int CHUNK = SharedTile.CHUNK;

  /** Refuses what tensor cores do not take. */
  public FlashAttentionKeyGradient {
    shape.requireTensorCores();
  }

  /**
   * What to launch.
   *
   * @param tiles {@link AttentionTiles#ofKeys}, {@link #BLOCK_KEYS} each
   * @param tileCount how many
   * @param logSumExp fp32 [queries, heads], of the forward
   * @param rowSums fp32 [queries, heads], of {@link FlashAttentionQueryGradient}
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
    AttentionTensor.requireVector(CHUNK, shape.headDim(), dOut, q, k, v, dk, dv);
    if (tileCount == 0) {
      return List.of();
    }
    FlashAttentionKeyGradient kernel = new FlashAttentionKeyGradient(shape);
    List<Object> arguments =
        new AttentionArguments.Builder(tiles)
            .tensors(dOut, q, k, v)
            .statistics(logSumExp, rowSums)
            .tensors(dk, dv)
            .build(shape, options);
    Grid grid = new Grid(tileCount, shape.kvHeads(), kernel.parts());
    return List.of(new Launch(kernel, grid, arguments));
  }

  /** Blocks that share a head's elements. */
  private int parts() {
    return shape.headDim() > 128 ? 2 : 1;
  }

  /** Elements that a block sums up, a multiple of 16. */
  private int elements() {
    int step = PtxAssembler.FRAGMENT_TERMS;
    return Math.ceilDiv(shape.headDim(), parts() * step) * step;
  }

  /** Queries of a step: fewer where the sums take more registers. */
  private int blockQueries() {
    return shape.headDim() > 64 ? 32 : 64;
  }

  @Override
  public int threadsPerBlock() {
    return BLOCK_KEYS / PtxAssembler.FRAGMENT_ROWS * PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    AttentionArguments.InKernel in =
        new AttentionArguments.InKernel(k, shape, CHUNK)
            .inputs(shape.outType(), "dOut")
            .inputs(shape.type(), "q", "k", "v")
            .statistics("logSumExp", "rowSums")
            .outputs(shape.type(), "dk", "dv")
            .done();
    AttentionScores scores = in.scores();
    AttentionTiles.InKernel tile = in.tile;
    FlashBlock block = new FlashBlock(k, shape.headDim());
    B32 kvHead = k.blockY();
    B32 length = tile.keyLength();
    int step = blockQueries();
    SharedTile tileK = k.tile(BLOCK_KEYS, shape.headDim());
    SharedTile tileV = k.tile(BLOCK_KEYS, shape.headDim());
    SharedTile tileQ = k.tile(step, shape.headDim());
    SharedTile tileG = k.tile(step, shape.headDim());
    SharedPointer sharedLse = k.shared(step * Float.BYTES);
    SharedPointer sharedD = k.shared(step * Float.BYTES);
    B32 warpRow = k.mul(k.warpIndex(), PtxAssembler.FRAGMENT_ROWS);
    SharedTile warpK = k.from(tileK, warpRow);
    SharedTile warpV = k.from(tileV, warpRow);
    TileReader readK = k.readA(warpK);
    TileReader readV = k.readA(warpV);
    TileReader readQ = k.readB(tileQ);
    TileReader readG = k.readB(tileG);
    // The second part ends where the head does, and so may begin before the first one ends.
    int elements = elements();
    B32 partChunk = k.mul(k.blockZ(), (shape.headDim() - elements) / CHUNK);
    TileReader readQueryTerms = k.readTransposedB(k.fromChunk(tileQ, partChunk));
    TileReader readGradientTerms = k.readTransposedB(k.fromChunk(tileG, partChunk));
    HeadRows keyRows = in.ofKeys("k", kvHead);
    HeadRows valueRows = in.ofKeys("v", kvHead);
    TileCopy copyK = block.copier(tileK, keyRows);
    TileCopy copyV = block.copier(tileV, valueRows);
    copyK.beginRows(tile.first(), length);
    copyV.beginRows(tile.first(), length);
    k.commitCopies();

    B32 firstHead = k.mul(kvHead, shape.groupSize());
    B32 end = k.min(length, k.add(scores.lastQuery(k.add(tile.first(), BLOCK_KEYS - 1)), 1));
    B32 warpPosition = k.add(tile.first(), warpRow);
    List<List<F32>> dk = k.fragments(elements / PtxAssembler.FRAGMENT_COLUMNS);
    List<List<F32>> dv = k.fragments(elements / PtxAssembler.FRAGMENT_COLUMNS);
    k.forRange(
        firstHead,
        k.add(firstHead, shape.groupSize()),
        1,
        head -> {
          HeadRows q = in.ofQueries("q", head);
          HeadRows dOut = in.ofQueries("dOut", head);
          TileCopy copyQ = block.copier(tileQ, q);
          TileCopy copyG = block.copier(tileG, dOut);
          k.forRange(
              tile.first(),
              end,
              step,
              q0 -> {
                k.barrier();
                copyQ.beginRows(q0, length);
                copyG.beginRows(q0, length);
                k.commitCopies();
                k.ifThen(
                    k.lt(k.threadIndex(), step),
                    () -> {
                      B32 query = k.add(q0, k.threadIndex());
                      B32 some = k.min(query, k.sub(length, k.constant(1)));
                      F32 lse = k.loadFloatReadOnly(in.statistic("logSumExp", some, head));
                      F32 d = k.loadFloatReadOnly(in.statistic("rowSums", some, head));
                      k.store(
                          k.at(sharedLse, k.threadIndex(), Float.BYTES),
                          k.neg(k.mul(lse, FlashBlock.LOG2_E)));
                      k.store(k.at(sharedD, k.threadIndex(), Float.BYTES), d);
                    });
                k.waitForCopies(0);
                k.barrier();
                List<List<F32>> s = block.products(readK, readQ, step);
                List<List<F32>> p = probabilities(k, scores, s, sharedLse);
                // At the diagonal, at the window's edge, beyond the document's end.
                Pred partly =
                    k.or(
                        scores.hidesSome(q0, step, tile.first(), BLOCK_KEYS),
                        k.lt(length, k.add(q0, step)));
                k.ifThen(
                    partly,
                    () ->
                        block.hide(
                            p,
                            (row, column) -> {
                              B32 query = k.add(q0, column);
                              return k.and(
                                  k.lt(query, length),
                                  scores.sees(query, k.add(warpPosition, row)));
                            },
                            0f));
                block.add(p, readGradientTerms, dv);
                List<List<F32>> dp = block.products(readV, readG, step);
                slopes(k, scores, s, p, dp, sharedD);
                block.add(p, readQueryTerms, dk);
              });
        });
    k.waitForCopies(0);
    k.barrier();
    B32 row0 = k.add(tile.first(), warpRow);
    int shared = parts() * elements - shape.headDim();
    B32 ownChunk = shared == 0 ? null : k.mul(k.blockZ(), shared / CHUNK);
    // Multiplied again, which is cheaper than a register that the loop keeps.
    B32 firstChunk = k.mul(k.blockZ(), (shape.headDim() - elements) / CHUNK);
    HeadRows dkRows = in.ofKeys("dk", kvHead).fromVector(firstChunk);
    HeadRows dvRows = in.ofKeys("dv", kvHead).fromVector(firstChunk);
    block.store(warpK, dkRows, row0, length, ownChunk, dk);
    block.store(warpV, dvRows, row0, length, ownChunk, dv);
  }

  /** exp(score − lse) of each; {@code s} becomes the scores. */
  private static List<List<F32>> probabilities(
      PtxAssembler k, AttentionScores scores, List<List<F32>> s, SharedPointer sharedLse) {
    List<List<F32>> p = new ArrayList<>();
    for (int n = 0; n < s.size(); n++) {
      List<F32> lse = ofColumns(k, sharedLse, n);
      List<F32> fragment = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        F32 score = s.get(n).get(i);
        k.assign(score, scores.score(score));
        F32 exponent = k.fma(score, FlashBlock.LOG2_E, lse.get(i % 2));
        fragment.add(k.variable(k.exp2Approximate(exponent)));
      }
      p.add(fragment);
    }
    return p;
  }

  /** Turns probabilities into p · (dp − D) · score′. */
  private static void slopes(
      PtxAssembler k,
      AttentionScores scores,
      List<List<F32>> s,
      List<List<F32>> p,
      List<List<F32>> dp,
      SharedPointer sharedD) {
    for (int n = 0; n < s.size(); n++) {
      List<F32> d = ofColumns(k, sharedD, n);
      for (int i = 0; i < 4; i++) {
        F32 slope =
            k.mul(k.sub(dp.get(n).get(i), d.get(i % 2)), scores.derivative(s.get(n).get(i)));
        k.assign(p.get(n).get(i), k.mul(p.get(n).get(i), slope));
      }
    }
  }

  /** Numbers of a fragment's two columns. */
  private static List<F32> ofColumns(PtxAssembler k, SharedPointer numbers, int fragment) {
    SharedPointer pair = k.at(numbers, k.fragmentPair(), 2 * Float.BYTES);
    long offset = (long) fragment * PtxAssembler.FRAGMENT_COLUMNS * Float.BYTES;
    return k.loadFloats(pair.plus(offset), 2);
  }
}
