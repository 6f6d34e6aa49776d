package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.PtxTarget;
import dev.sifter.kernels.ptx.Tile;
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
 *   wait for copies of sQ, sG = q, dOut[q0 ...], sL = lse, sD = D;  sync
 *   begin st = sK * sQ^T, dpt = sV * sG^T;  with two stages, begin to copy the next ones
 *   wait for st;   pt = exp2(st*c - sL*log2e), masked;  begin dv += bf16(pt) * sG
 *   wait for dpt;  ds = pt * (dpt - sD) * score'(st);   dk += bf16(ds) * sQ
 *   with one stage, sync;  begin to copy the next ones
 * </pre>
 *
 * <p>Where heads have more than 128 elements, blocks (z = 0, 1) sum up the first and the last half
 * of them, in whole fragments; what both have, the first one stores. Only for documents whose
 * queries are their keys. Least bytes: q, k, v and dOut read, dk and dv written. 8·headDim FLOPs
 * for each visible pair and head.
 *
 * @param shape heads, options, types
 * @param cores what multiplies
 */
public record FlashAttentionKeyGradient(AttentionShape shape, TensorCores cores) implements Kernel {
  /** Keys of a block. */
  public static final int BLOCK_KEYS = FlashBlock.ROWS;

  private static final int CHUNK = Tile.CHUNK;

  /** Refuses what tensor cores do not take. */
  public FlashAttentionKeyGradient {
    shape.require(cores);
  }

  /**
   * What to launch.
   *
   * @param cores what multiplies
   * @param tiles {@link AttentionTiles#ofKeys}, {@link #BLOCK_KEYS} each
   * @param tileCount how many
   * @param logSumExp fp32 [queries, heads], of the forward
   * @param rowSums fp32 [queries, heads], of {@link FlashAttentionQueryGradient}
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
      Array logSumExp,
      Array rowSums,
      AttentionTensor dk,
      AttentionTensor dv) {
    AttentionTensor.requireVector(CHUNK, shape.headDim(), dOut, q, k, v, dk, dv);
    if (tileCount == 0) {
      return List.of();
    }
    FlashAttentionKeyGradient kernel = new FlashAttentionKeyGradient(shape, cores);
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

  /** Queries of a step: fewer where sums and the slopes of a soft cap take more registers. */
  private int blockQueries() {
    if (cores == TensorCores.WGMMA || shape.headDim() <= 64) {
      return 64;
    }
    return shape.headDim() > 128 && shape.softcapped() ? 16 : 32;
  }

  /** Tiles of queries: one is copied while the products of the other are made, if there are two. */
  private int stages() {
    return cores == TensorCores.WGMMA ? 2 : 1;
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
    boolean small = shape.headDim() == 64 && !shape.softcapped();
    return small ? 3 : 2;
  }

  @Override
  public void emit(PtxAssembler k) {
    new Block<>(k, FlashBlock.of(cores, k, shape.headDim())).run();
  }

  /** The instructions of a block. */
  private final class Block<T extends Tile, M> {
    private final PtxAssembler k;
    private final FlashBlock<T, M> block;
    private final AttentionArguments.InKernel in;
    private final AttentionTiles.InKernel tile;
    private final AttentionScores scores;
    private final int step = blockQueries();
    private final B32 kvHead;
    private final B32 length;
    private final T tileK;
    private final T tileV;
    private final T tileQ;
    private final T tileG;
    private final M readK;
    private final M readV;
    private final M readQ;
    private final M readG;
    private final M readQueryTerms;
    private final M readGradientTerms;

    Block(PtxAssembler k, FlashBlock<T, M> block) {
      this.k = k;
      this.block = block;
      in =
          new AttentionArguments.InKernel(k, shape, CHUNK)
              .inputs(shape.outType(), "dOut")
              .inputs(shape.type(), "q", "k", "v")
              .statistics("logSumExp", "rowSums")
              .outputs(shape.type(), "dk", "dv")
              .done();
      tile = in.tile;
      scores = in.scores();
      kvHead = k.blockY();
      length = tile.keyLength();
      tileK = block.tiles(BLOCK_KEYS, 1);
      tileV = block.tiles(BLOCK_KEYS, 1);
      tileQ = block.tiles(step, stages());
      tileG = block.tiles(step, stages());
      readK = block.left(tileK);
      readV = block.left(tileV);
      readQ = block.columns(tileQ);
      readG = block.columns(tileG);
      B32 partChunk = partChunk();
      readQueryTerms = block.termsFrom(tileQ, partChunk);
      readGradientTerms = block.termsFrom(tileG, partChunk);
    }

    /** The second part ends where the head does, and so may begin before the first one ends. */
    private B32 partChunk() {
      return k.mul(k.blockZ(), (shape.headDim() - elements()) / CHUNK);
    }

    void run() {
      beginToCopyKeys();
      B32 firstHead = k.mul(kvHead, shape.groupSize());
      B32 lastHead = k.add(firstHead, shape.groupSize());
      B32 lastKey = k.add(tile.first(), BLOCK_KEYS - 1);
      B32 end = k.min(length, k.add(scores.lastQuery(lastKey), 1));
      FlashQueries queries = queries();
      B32 head = k.variable(firstHead);
      B32 q0 = k.variable(tile.first());
      B32 stage = k.constant(0);
      queries.beginToCopy(stage, tileQ.bytes(), head, q0);
      B32 warpPosition = k.add(tile.first(), block.warpRow());
      List<List<F32>> dk = k.fragments(elements() / PtxAssembler.FRAGMENT_COLUMNS);
      List<List<F32>> dv = k.fragments(elements() / PtxAssembler.FRAGMENT_COLUMNS);
      k.whileLoop(
          () -> k.lt(head, lastHead),
          () -> {
            block.awaitCopies();
            Pred sameHead = k.lt(k.add(q0, step), end);
            B32 nextHead = k.add(head, k.select(sameHead, 0, 1));
            B32 nextQuery = k.select(sameHead, k.add(q0, step), tile.first());
            Runnable copyNext =
                () ->
                    k.ifThen(
                        k.lt(nextHead, lastHead),
                        () -> queries.beginToCopy(stage, tileQ.bytes(), nextHead, nextQuery));
            step(queries, q0, stage, warpPosition, copyNext, dk, dv);
            k.assign(head, nextHead);
            k.assign(q0, nextQuery);
          });
      store(dk, dv);
    }

    private void beginToCopyKeys() {
      block.copier(tileK, in.ofKeys("k", kvHead)).beginRows(tile.first(), length);
      block.copier(tileV, in.ofKeys("v", kvHead)).beginRows(tile.first(), length);
    }

    private FlashQueries queries() {
      return new FlashQueries(
          k,
          in,
          step,
          block.copier(tileQ, in.ofQueries("q", k.constant(0))),
          block.copier(tileG, in.ofQueries("dOut", k.constant(0))),
          k.shared(stages() * step * Float.BYTES),
          k.shared(stages() * step * Float.BYTES));
    }

    /** Adds what some queries of a head have a part in; {@code stage} says where they lie. */
    private void step(
        FlashQueries queries,
        B32 q0,
        B32 stage,
        B32 warpPosition,
        Runnable copyNext,
        List<List<F32>> dk,
        List<List<F32>> dv) {
      TransposedScores transposed = new TransposedScores(k, scores);
      B32 here = k.mul(stage, tileQ.bytes());
      B32 numbers = k.mul(stage, step * Float.BYTES);
      List<List<F32>> s = block.products(readK, block.plus(readQ, here), step);
      List<List<F32>> dp = block.products(readV, block.plus(readG, here), step);
      if (stages() == 2) {
        k.assign(stage, k.sub(k.constant(1), stage));
        copyNext.run();
      }
      block.awaitProducts(1);
      List<List<F32>> p = transposed.probabilities(s, queries.logSumExp(numbers));
      mask(p, q0, warpPosition);
      block.add(block.rounded(p), block.plus(readGradientTerms, here), dv);
      block.awaitProducts(1);
      transposed.slopes(s, p, dp, queries.rowSums(numbers));
      block.add(block.rounded(p), block.plus(readQueryTerms, here), dk);
      block.awaitProducts(0);
      if (stages() == 1) {
        k.barrier();
        copyNext.run();
      }
    }

    /** Makes probabilities 0 at the diagonal, at the window's edge, beyond the document's end. */
    private void mask(List<List<F32>> p, B32 q0, B32 warpPosition) {
      Pred partly =
          k.or(scores.hidesSome(q0, step, tile.first(), BLOCK_KEYS), k.lt(length, k.add(q0, step)));
      k.ifThen(
          partly,
          () ->
              block.hide(
                  p,
                  (row, column) -> {
                    B32 query = k.add(q0, column);
                    return k.and(k.lt(query, length), scores.sees(query, k.add(warpPosition, row)));
                  },
                  0f));
    }

    private void store(List<List<F32>> dk, List<List<F32>> dv) {
      k.waitForCopies(0);
      k.barrier();
      B32 row0 = k.add(tile.first(), block.warpRow());
      int shared = parts() * elements() - shape.headDim();
      B32 ownChunk = shared == 0 ? null : k.mul(k.blockZ(), shared / CHUNK);
      // Multiplied again, which is cheaper than a register that the loop keeps.
      B32 firstChunk = partChunk();
      HeadRows dkRows = in.ofKeys("dk", kvHead).fromVector(firstChunk);
      HeadRows dvRows = in.ofKeys("dv", kvHead).fromVector(firstChunk);
      block.store(block.own(tileK), dkRows, row0, length, ownChunk, dk);
      block.store(block.own(tileV), dvRows, row0, length, ownChunk, dv);
    }
  }
}
