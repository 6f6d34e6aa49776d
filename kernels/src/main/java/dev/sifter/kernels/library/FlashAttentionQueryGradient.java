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
    new Block<>(k, FlashBlock.of(cores, k, shape.headDim())).run();
  }

  /**
   * Numbers of the two queries of a thread.
   *
   * @param d D
   * @param exponents −lse · log₂e
   */
  private record OfQueries(List<F32> d, List<F32> exponents) {}

  /** The instructions of a block. */
  private final class Block<T extends Tile, M> {
    private static final int QUERIES = FlashAttention.BLOCK_QUERIES;

    private final PtxAssembler k;
    private final FlashBlock<T, M> block;
    private final AttentionArguments.InKernel in;
    private final AttentionTiles.InKernel tile;
    private final AttentionScores scores;
    private final B32 head;
    private final HeadRows dOut;
    private final HeadRows out;
    private final int keys = FlashBlock.keysOfStep(shape.headDim());
    private final B32 firstPosition;
    private final B32 end;
    private final B32 firstKey;
    private final T tileQ;
    private final B32 warpRow;
    private final M readQ;
    private final M readG;
    private final M readK;
    private final M readV;
    private final M readKeyTerms;
    private final TileCopy copyQ;
    private final TileCopy copyG;
    private final TileCopy copyK;
    private final TileCopy copyV;

    Block(PtxAssembler k, FlashBlock<T, M> block) {
      this.k = k;
      this.block = block;
      in =
          new AttentionArguments.InKernel(k, shape, CHUNK)
              .inputs(shape.outType(), "dOut")
              .inputs(shape.type(), "q", "k", "v")
              .inputs(shape.outType(), "out")
              .statistics("logSumExp", "rowSums")
              .outputs(shape.type(), "dq")
              .done();
      tile = in.tile;
      scores = in.scores();
      head = k.blockY();
      B32 kvHead = k.div(head, shape.groupSize());
      dOut = in.ofQueries("dOut", head);
      HeadRows q = in.ofQueries("q", head);
      HeadRows keyRows = in.ofKeys("k", kvHead);
      HeadRows valueRows = in.ofKeys("v", kvHead);
      out = in.ofQueries("out", head);
      firstPosition = k.add(k.sub(tile.keyLength(), tile.queryLength()), tile.first());
      end = k.min(k.add(firstPosition, QUERIES), tile.keyLength());
      firstKey = scores.firstKey(firstPosition, keys);
      tileQ = block.tiles(QUERIES, 1);
      T tileG = block.tiles(QUERIES, 1);
      T tileK = block.tiles(keys, 1);
      T tileV = block.tiles(keys, 1);
      warpRow = block.warpRow();
      readQ = block.left(tileQ);
      readG = block.left(tileG);
      readK = block.columns(tileK);
      readV = block.columns(tileV);
      readKeyTerms = block.terms(tileK);
      copyQ = block.copier(tileQ, q);
      copyG = block.copier(tileG, dOut);
      copyK = block.copier(tileK, keyRows);
      copyV = block.copier(tileV, valueRows);
    }

    void run() {
      beginToCopyFirst();
      B32 row0 = k.add(tile.first(), warpRow);
      OfQueries queries = ofQueries(row0);
      B32 warpPosition = k.add(firstPosition, warpRow);
      List<List<F32>> dq = k.fragments(shape.headDim() / PtxAssembler.FRAGMENT_COLUMNS);
      k.forRange(firstKey, end, keys, k0 -> step(k0, warpPosition, queries, dq));
      k.waitForCopies(0);
      HeadRows to = in.ofQueries("dq", head);
      k.barrier();
      block.store(block.own(tileQ), to, row0, tile.queryLength(), null, dq);
    }

    private void beginToCopyFirst() {
      copyQ.beginRows(tile.first(), tile.queryLength());
      copyG.beginRows(tile.first(), tile.queryLength());
      copyK.beginRows(firstKey, tile.keyLength());
      copyV.beginRows(firstKey, tile.keyLength());
      k.commitCopies();
    }

    /** Sums up D and keeps it; loads lse. */
    private OfQueries ofQueries(B32 row0) {
      B32 length = tile.queryLength();
      OfQueries queries = new OfQueries(new ArrayList<>(), new ArrayList<>());
      for (int half = 0; half < 2; half++) {
        B32 row = k.add(row0, k.add(k.fragmentRow(), 8 * half));
        // Rows beyond the document repeat its last one; nothing of them is stored.
        B32 some = k.min(row, k.sub(length, k.constant(1)));
        F32 sum = block.rowSum(dOut, out, some);
        Pred stores = k.and(k.eq(k.fragmentPair(), 0), k.lt(row, length));
        k.storeIf(stores, in.statistic("rowSums", some, head), sum);
        queries.d.add(sum);
        F32 lse = k.loadFloatReadOnly(in.statistic("logSumExp", some, head));
        queries.exponents.add(k.neg(k.mul(lse, FlashBlock.LOG2_E)));
      }
      return queries;
    }

    /** Adds what some keys have a part in; the products' registers become weights, then dS. */
    private void step(B32 k0, B32 warpPosition, OfQueries queries, List<List<F32>> dq) {
      block.awaitCopies();
      List<List<F32>> s = block.products(readQ, readK, keys);
      List<List<F32>> dp = block.products(readG, readV, keys);
      block.awaitProducts(1);
      weigh(s, queries);
      block.hideUnseen(scores, s, firstPosition, warpPosition, k0, 0f);
      block.awaitProducts(0);
      k.barrier();
      B32 following = k.add(k0, keys);
      Pred more = k.lt(following, end);
      k.ifThen(more, () -> copyV.beginRows(following, tile.keyLength()));
      multiplySlopes(s, dp, queries);
      block.add(block.rounded(s), readKeyTerms, dq);
      block.awaitProducts(0);
      k.barrier();
      k.ifThen(more, () -> copyK.beginRows(following, tile.keyLength()));
      k.commitCopies();
    }

    /** Turns products into exp(score − lse) · score′. */
    private void weigh(List<List<F32>> products, OfQueries queries) {
      for (List<F32> f : products) {
        for (int i = 0; i < 4; i++) {
          F32 score = scores.score(f.get(i));
          F32 exponent = k.fma(score, FlashBlock.LOG2_E, queries.exponents.get(i / 2));
          F32 p = k.exp2Approximate(exponent);
          k.assign(f.get(i), k.mul(p, scores.derivative(score)));
        }
      }
    }

    /** Multiplies weights by dP − D. */
    private void multiplySlopes(List<List<F32>> weights, List<List<F32>> dp, OfQueries queries) {
      for (int n = 0; n < weights.size(); n++) {
        for (int i = 0; i < 4; i++) {
          F32 weight = weights.get(n).get(i);
          F32 slope = k.sub(dp.get(n).get(i), queries.d.get(i / 2));
          k.assign(weight, k.mul(weight, slope));
        }
      }
    }
  }
}
