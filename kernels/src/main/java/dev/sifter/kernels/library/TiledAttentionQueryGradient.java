package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradient of {@link TiledAttention} by its queries, fp32: with P = exp(score − lse) and D =
 * rowsum(dOut · out), dS = P · (dOut·vᵀ − D) · score′ and dq = dS·k. D is kept for {@link
 * TiledAttentionKeyGradient}.
 *
 * <pre>
 * (document, q0) = tiles[blockIdx.x];  head = blockIdx.y            // 32 queries; 8 x 8 threads
 * sQ = q[q0 ...];  sG = dOut[q0 ...];  D = rowsum(dOut * out);  dq = 0
 * for (k0 = first key seen; k0 &lt;= last query's position; k0 += 32)
 *   sK = k[k0 ...];  sV = v[k0 ...];  s = score(sQ * sK^T);  dp = sG * sV^T
 *   sS = exp(s - lse) * (dp - D) * score'(s);  dq += sS * k[k0 ...]
 * </pre>
 *
 * <p>Least bytes: q, k, v, out and dOut read, dq written. 6·headDim FLOPs for each visible pair and
 * head.
 *
 * @param shape heads, options, types
 * @param vector elements of an access: 4, or 1
 */
public record TiledAttentionQueryGradient(AttentionShape shape, int vector) implements Kernel {
  private static final int EDGE = ScoreBlock.EDGE;

  /**
   * What to launch.
   *
   * @param tiles {@link AttentionTiles#ofQueries}, {@link TiledAttention#BLOCK_QUERIES} each
   * @param tileCount how many
   * @param logSumExp fp32 [queries, heads], of the forward
   * @param rowSums fp32 [queries, heads], receives D
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
      AttentionTensor out,
      Array logSumExp,
      Array rowSums,
      AttentionTensor dq) {
    if (tileCount == 0) {
      return List.of();
    }
    int vector = AttentionTensor.vector(4, shape.headDim(), dOut, q, k, v, out, dq);
    List<Object> arguments =
        new AttentionArguments.Builder(tiles)
            .tensors(dOut, q, k, v, out)
            .statistics(logSumExp, rowSums)
            .tensors(dq)
            .build(shape, options);
    return List.of(
        new Launch(
            new TiledAttentionQueryGradient(shape, vector),
            Grid.of(tileCount, shape.heads()),
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
    ScoreBlock block = new ScoreBlock(k, shape.headDim(), vector, 1);
    B32 firstPosition = k.add(k.sub(tile.keyLength(), tile.queryLength()), tile.first());
    B32 end = k.min(k.add(firstPosition, ScoreBlock.TILE), tile.keyLength());

    GemmTile tileQ = block.headTile();
    GemmTile tileG = block.headTile();
    GemmTile tileK = block.headTile();
    GemmTile tileV = block.headTile();
    GemmTile tileS = block.scoreTile();
    GemmTile part = block.partTile();
    block.fill(tileQ, q, tile.first(), tile.queryLength());
    block.fill(tileG, dOut, tile.first(), tile.queryLength());
    OfQueries queries = ofQueries(k, in, block, head, dOut, out);
    List<F32> dq = block.headSums();
    k.forRange(
        scores.firstKey(firstPosition, ScoreBlock.TILE),
        end,
        ScoreBlock.TILE,
        k0 -> {
          block.fill(tileK, keyRows, k0, tile.keyLength());
          block.fill(tileV, valueRows, k0, tile.keyLength());
          k.barrier();
          List<F32> s = block.products(tileQ, tileK);
          List<F32> dp = block.products(tileG, tileV);
          block.put(tileS, slopes(k, scores, block, s, dp, queries, firstPosition, k0));
          block.add(dq, tileS, part, keyRows, k0, tile.keyLength());
        });
    HeadRows to = in.ofQueries("dq", head);
    block.store(to, tile.first(), tile.queryLength(), dq);
  }

  /** D and lse of a thread's four queries. */
  private record OfQueries(List<F32> d, List<F32> lse) {}

  /** Sums up D and keeps it; loads lse. */
  private OfQueries ofQueries(
      PtxAssembler k,
      AttentionArguments.InKernel in,
      ScoreBlock block,
      B32 head,
      HeadRows dOut,
      HeadRows out) {
    AttentionTiles.InKernel tile = in.tile;
    OfQueries queries = new OfQueries(new ArrayList<>(), new ArrayList<>());
    for (int i = 0; i < EDGE; i++) {
      B32 row = k.add(tile.first(), block.row(i));
      Pred inside = k.lt(row, tile.queryLength());
      // Rows beyond the document repeat its last one; nothing of them is stored.
      B32 some = k.min(row, k.sub(tile.queryLength(), k.constant(1)));
      F32 sum = rowSum(k, block, some, dOut, out);
      k.storeIf(k.and(inside, k.eq(block.tx, 0)), in.statistic("rowSums", some, head), sum);
      queries.d.add(sum);
      queries.lse.add(k.loadFloatReadOnly(in.statistic("logSumExp", some, head)));
    }
    return queries;
  }

  /** P · (dP − D) · score′ where the query sees the key, 0 elsewhere; row by row. */
  private static List<F32> slopes(
      PtxAssembler k,
      AttentionScores scores,
      ScoreBlock block,
      List<F32> products,
      List<F32> dp,
      OfQueries queries,
      B32 firstPosition,
      B32 k0) {
    List<F32> slopes = new ArrayList<>();
    for (int n = 0; n < products.size(); n++) {
      B32 query = k.add(firstPosition, block.row(n / EDGE));
      B32 key = k.add(k0, block.column(n % EDGE));
      F32 score = scores.score(products.get(n));
      F32 p = k.expOfNonPositive(k.sub(score, queries.lse.get(n / EDGE)));
      F32 weight = k.mul(p, k.sub(dp.get(n), queries.d.get(n / EDGE)));
      F32 slope = k.mul(weight, scores.derivative(score));
      slopes.add(k.select(scores.sees(query, key), slope, 0f));
    }
    return slopes;
  }

  /** Σ dOut·out over a row of a head: every eighth element, then over the row's threads. */
  private F32 rowSum(PtxAssembler k, ScoreBlock block, B32 row, HeadRows dOut, HeadRows out) {
    F32 sum = k.variable(0f);
    ElementPointer left = dOut.row(row);
    ElementPointer right = out.row(row);
    k.forRange(
        block.tx,
        k.constant(shape.headDim()),
        ScoreBlock.SIDE,
        e -> k.assign(sum, k.fma(k.loadOne(k.at(left, e, 1)), k.loadOne(k.at(right, e, 1)), sum)));
    return block.overThreadsOfRow(sum, k::add);
  }
}
