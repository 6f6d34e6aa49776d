package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.PtxTarget;
import dev.sifter.kernels.ptx.Tile;
import dev.sifter.kernels.ptx.TileCopy;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradient of {@link FlashAttention} by its queries: with P = exp(score − lse) and D =
 * rowsum(dOut · out), dS = P · (dOut·vᵀ − D) · score′ and dq = dS·k. D is kept for {@link
 * FlashAttentionKeyGradient}.
 *
 * <pre>
 * (document, q0) = tiles[blockIdx.x];  head = blockIdx.y           // 16 queries a warp
 * copy sQ, sG = q, dOut[q0 ...], sK, sV = k, v[first key seen ...]
 * D = rowsum(dOut * out)
 * for (k0 = first key seen; k0 &lt;= last query's position; k0 += 64)
 *   wait for copies; sync;  begin s = sQ * sK^T, dp = sG * sV^T
 *   wait for s;   w = exp2(s*c - lse*log2e) * score'(s)
 *   wait for dp;  sync;  begin to copy the next sV;  ds = w * (dp - D)
 *   dq += bf16(ds) * sK;  sync;  begin to copy the next sK
 * </pre>
 *
 * <p>Least bytes: q, k, v, out and dOut read, dq written. 6·headDim FLOPs for each visible pair and
 * head.
 *
 * @param shape heads, options, types
 * @param cores what multiplies
 */
public record FlashAttentionQueryGradient(AttentionShape shape, TensorCores cores)
    implements Kernel {
  private static final int CHUNK = Tile.CHUNK;

  /** Refuses what tensor cores do not take. */
  public FlashAttentionQueryGradient {
    shape.require(cores);
  }

  /**
   * What to launch.
   *
   * @param cores what multiplies
   * @param tiles {@link AttentionTiles#ofQueries}, {@link FlashAttention#BLOCK_QUERIES} each
   * @param tileCount how many
   * @param logSumExp fp32 [queries, heads], of the forward
   * @param rowSums fp32 [queries, heads], receives D
   */
  public static List<Launch> launches(
      TensorCores cores,
      AttentionShape shape,
      AttentionOptions options,
      DeviceSlice tiles,
      int tileCount,
      AttentionTensor dOut,
      AttentionTensor q,
      AttentionTensor k,
      AttentionTensor v,
      AttentionTensor out,
      Array logSumExp,
      Array rowSums,
      AttentionTensor dq) {
    AttentionTensor.requireVector(CHUNK, shape.headDim(), dOut, q, k, v, out, dq);
    if (tileCount == 0) {
      return List.of();
    }
    List<Object> arguments =
        new AttentionArguments.Builder(tiles)
            .tensors(dOut, q, k, v, out)
            .statistics(logSumExp, rowSums)
            .tensors(dq)
            .build(shape, options);
    return List.of(
        new Launch(
            new FlashAttentionQueryGradient(shape, cores),
            Grid.of(tileCount, shape.heads()),
            arguments));
  }

  /** Keys of a step: fewer where the sums take more registers. */
  private int blockKeys() {
    return shape.headDim() > 128 ? 32 : 64;
  }

  @Override
  public PtxTarget target() {
    return cores.target();
  }

  @Override
  public int threadsPerBlock() {
    return FlashBlock.THREADS;
  }

  @Override
  public int blocksPerMultiprocessor() {
    if (cores == TensorCores.MMA) {
      return 1;
    }
    return shape.headDim() == 64 ? 4 : 3;
  }

  @Override
  public void emit(PtxAssembler k) {
    emit(k, FlashBlock.of(cores, k, shape.headDim()));
  }

  private <T extends Tile, M> void emit(PtxAssembler k, FlashBlock<T, M> block) {
    AttentionArguments.InKernel in =
        new AttentionArguments.InKernel(k, shape, CHUNK)
            .inputs(shape.outType(), "dOut")
            .inputs(shape.type(), "q", "k", "v")
            .inputs(shape.outType(), "out")
            .statistics("logSumExp", "rowSums")
            .outputs(shape.type(), "dq")
            .done();
    AttentionScores scores = in.scores();
    AttentionTiles.InKernel tile = in.tile;
    B32 head = k.blockY();
    B32 kvHead = k.div(head, shape.groupSize());
    HeadRows dOut = in.ofQueries("dOut", head);
    HeadRows q = in.ofQueries("q", head);
    HeadRows keyRows = in.ofKeys("k", kvHead);
    HeadRows valueRows = in.ofKeys("v", kvHead);
    HeadRows out = in.ofQueries("out", head);
    int queries = FlashAttention.BLOCK_QUERIES;
    int keys = blockKeys();
    B32 length = tile.queryLength();
    B32 firstPosition = k.add(k.sub(tile.keyLength(), length), tile.first());
    B32 end = k.min(k.add(firstPosition, queries), tile.keyLength());
    B32 firstKey = scores.firstKey(firstPosition, keys);

    T tileQ = block.tiles(queries, 1);
    T tileG = block.tiles(queries, 1);
    T tileK = block.tiles(keys, 1);
    T tileV = block.tiles(keys, 1);
    B32 warpRow = block.warpRow();
    M readQ = block.left(tileQ);
    M readG = block.left(tileG);
    M readK = block.columns(tileK);
    M readV = block.columns(tileV);
    M readKeyTerms = block.terms(tileK);
    TileCopy copyQ = block.copier(tileQ, q);
    TileCopy copyG = block.copier(tileG, dOut);
    TileCopy copyK = block.copier(tileK, keyRows);
    TileCopy copyV = block.copier(tileV, valueRows);
    copyQ.beginRows(tile.first(), length);
    copyG.beginRows(tile.first(), length);
    copyK.beginRows(firstKey, tile.keyLength());
    copyV.beginRows(firstKey, tile.keyLength());
    k.commitCopies();

    B32 row0 = k.add(tile.first(), warpRow);
    List<F32> d = new ArrayList<>();
    List<F32> lse = new ArrayList<>();
    for (int half = 0; half < 2; half++) {
      B32 row = k.add(row0, k.add(k.fragmentRow(), 8 * half));
      // Rows beyond the document repeat its last one; nothing of them is stored.
      B32 some = k.min(row, k.sub(length, k.constant(1)));
      F32 sum = block.rowSum(dOut, out, some);
      Pred stores = k.and(k.eq(k.fragmentPair(), 0), k.lt(row, length));
      k.storeIf(stores, in.statistic("rowSums", some, head), sum);
      d.add(sum);
      F32 natural = k.loadFloatReadOnly(in.statistic("logSumExp", some, head));
      lse.add(k.neg(k.mul(natural, FlashBlock.LOG2_E)));
    }
    B32 warpPosition = k.add(firstPosition, warpRow);
    List<List<F32>> dq = k.fragments(shape.headDim() / PtxAssembler.FRAGMENT_COLUMNS);
    k.forRange(
        firstKey,
        end,
        keys,
        k0 -> {
          block.awaitCopies();
          List<List<F32>> s = block.products(readQ, readK, keys);
          List<List<F32>> dp = block.products(readG, readV, keys);
          block.awaitProducts(1);
          weigh(k, scores, s, lse);
          Pred partly = scores.hidesSome(firstPosition, queries, k0, keys);
          k.ifThen(
              partly,
              () ->
                  block.hide(
                      s,
                      (row, column) -> scores.sees(k.add(warpPosition, row), k.add(k0, column)),
                      0f));
          block.awaitProducts(0);
          k.barrier();
          B32 following = k.add(k0, keys);
          Pred more = k.lt(following, end);
          k.ifThen(more, () -> copyV.beginRows(following, tile.keyLength()));
          for (int n = 0; n < s.size(); n++) {
            for (int i = 0; i < 4; i++) {
              F32 weight = s.get(n).get(i);
              k.assign(weight, k.mul(weight, k.sub(dp.get(n).get(i), d.get(i / 2))));
            }
          }
          block.add(block.rounded(s), readKeyTerms, dq);
          block.awaitProducts(0);
          k.barrier();
          k.ifThen(more, () -> copyK.beginRows(following, tile.keyLength()));
          k.commitCopies();
        });
    k.waitForCopies(0);
    HeadRows to = in.ofQueries("dq", head);
    k.barrier();
    block.store(block.own(tileQ), to, row0, length, null, dq);
  }

  /** Turns products into exp(score − lse) · score′. */
  private static void weigh(
      PtxAssembler k, AttentionScores scores, List<List<F32>> products, List<F32> lse) {
    for (List<F32> f : products) {
      for (int i = 0; i < 4; i++) {
        F32 score = scores.score(f.get(i));
        F32 p = k.exp2Approximate(k.fma(score, FlashBlock.LOG2_E, lse.get(i / 2)));
        k.assign(f.get(i), k.mul(p, scores.derivative(score)));
      }
    }
  }
}
