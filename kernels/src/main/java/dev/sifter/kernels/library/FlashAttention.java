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
import java.util.List;

/**
 * softmax(mask(softcap(q·kᵀ · scale)))·v for each document and head, causal, in bfloat16 on tensor
 * cores (Dao, FlashAttention-2): scores never leave the registers.
 *
 * <pre>
 * (document, q0) = tiles[blockIdx.x];  head = blockIdx.y           // 16 queries a warp
 * copy sQ = q[q0 ...], sK = k[first key seen ...];  o = 0
 * for (k0 = first key seen; k0 &lt;= last query's position; k0 += 64)
 *   wait for copies; sync; begin to copy sV = v[k0 ...] and the next sK
 *   begin s = sQ * sK^T, o += p * the sV before
 *   wait for s; capped; at the diagonal and the window's edge masked
 *   M = max(m, rowmax(s));  p' = exp2((s - M)*c);  f = exp2((m - M)*c);  l = l*f + rowsum(p')
 *   wait for o;  o *= f;  p = bf16(p')    // whose registers are a left operand as they are
 * wait for copies; sync; o += p * sV
 * out = o / l;  lse = m*c*ln2 + log(l)
 * </pre>
 *
 * <p>Copies have a whole step's time, and where products are made in the background, exponentials
 * are computed meanwhile. Heads of a multiple of 16 elements up to 256; rows begin at multiples of
 * 16 bytes. Least bytes: q, k and v read, out written. 4·headDim FLOPs for each visible pair and
 * head.
 *
 * @param shape heads, options, types
 * @param logSumExp whether lse is wanted: where a backward follows
 * @param cores what multiplies
 */
public record FlashAttention(AttentionShape shape, boolean logSumExp, TensorCores cores)
    implements Kernel {
  /** Queries of a block. */
  public static final int BLOCK_QUERIES = FlashBlock.ROWS;

  private static final int CHUNK = Tile.CHUNK;

  /** Refuses what tensor cores do not take. */
  public FlashAttention {
    shape.require(cores);
  }

  /** Whether {@link #launches} takes these tensors. */
  public static boolean takes(AttentionShape shape, AttentionTensor... tensors) {
    return shape.fitsTensorCores()
        && AttentionTensor.vector(CHUNK, shape.headDim(), tensors) == CHUNK;
  }

  /**
   * What to launch.
   *
   * @param cores what multiplies
   * @param tiles {@link AttentionTiles#ofQueries}, {@link #BLOCK_QUERIES} each, on the device
   * @param tileCount how many
   * @param logSumExp fp32 [queries, heads], receives the natural log of each softmax denominator;
   *     null where no backward follows
   */
  public static List<Launch> launches(
      TensorCores cores,
      AttentionShape shape,
      AttentionOptions options,
      DeviceSlice tiles,
      int tileCount,
      AttentionTensor q,
      AttentionTensor k,
      AttentionTensor v,
      AttentionTensor out,
      Array logSumExp) {
    AttentionTensor.requireVector(CHUNK, shape.headDim(), q, k, v, out);
    if (tileCount == 0) {
      return List.of();
    }
    List<Object> arguments =
        new AttentionArguments.Builder(tiles)
            .tensors(q, k, v, out)
            .statistics(logSumExp)
            .build(shape, options);
    return List.of(
        new Launch(
            new FlashAttention(shape, logSumExp != null, cores),
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
    return shape.headDim() == 64 ? 4 : 2;
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
    private final B32 head;
    private final int keys = FlashBlock.keysOfStep(shape.headDim());
    private final B32 firstPosition;
    private final B32 end;
    private final B32 firstKey;
    private final T tileQ;
    private final M readQ;
    private final M readK;
    private final M readV;
    private final TileCopy copyK;
    private final TileCopy copyV;

    /** Bytes of a tile of keys or values. */
    private final int tileBytes;

    /** Where in their two tiles the keys, and then the values, are that are at hand. */
    private final B32 stage;

    Block(PtxAssembler k, FlashBlock<T, M> block) {
      this.k = k;
      this.block = block;
      in =
          new AttentionArguments.InKernel(k, shape, CHUNK)
              .inputs(shape.type(), "q", "k", "v")
              .outputs(shape.outType(), "out")
              .statistics(logSumExp ? new String[] {"logSumExp"} : new String[0])
              .done();
      tile = in.tile;
      head = k.blockY();
      B32 kvHead = k.div(head, shape.groupSize());
      B32 before = k.sub(tile.keyLength(), tile.queryLength());
      firstPosition = k.add(before, tile.first());
      end = k.min(k.add(firstPosition, BLOCK_QUERIES), tile.keyLength());
      firstKey = in.scores().firstKey(firstPosition, keys);
      tileQ = block.tiles(BLOCK_QUERIES, 1);
      T tileK = block.tiles(keys, 2);
      T tileV = block.tiles(keys, 2);
      tileBytes = tileK.bytes();
      readQ = block.left(tileQ);
      readK = block.columns(tileK);
      readV = block.terms(tileV);
      copyK = block.copier(tileK, in.ofKeys("k", kvHead));
      copyV = block.copier(tileV, in.ofKeys("v", kvHead));
      stage = k.constant(0);
    }

    void run() {
      beginToCopyFirst();
      RunningSoftmax softmax = RunningSoftmax.start(k, block, in.scores(), shape, firstPosition);
      List<List<B32>> p = k.variables(firstStep(softmax));
      k.forRange(k.add(firstKey, keys), end, keys, k0 -> step(k0, p, softmax));
      addLast(p, softmax);
      store(softmax);
    }

    private void beginToCopyFirst() {
      block.copier(tileQ, in.ofQueries("q", head)).beginRows(tile.first(), tile.queryLength());
      copyK.beginRows(stage, firstKey, tile.keyLength());
      k.commitCopies();
    }

    /** Begins to copy the values of the keys at hand, and the keys of the next step. */
    private void beginToCopyFollowing(B32 k0) {
      copyV.beginRows(stage, k0, tile.keyLength());
      B32 following = k.add(k0, keys);
      B32 other = otherStage();
      k.ifThen(k.lt(following, end), () -> copyK.beginRows(other, following, tile.keyLength()));
      k.commitCopies();
    }

    private B32 otherStage() {
      return k.sub(k.constant(tileBytes), stage);
    }

    /** The probabilities of the first keys, as a left operand; there are no values yet. */
    private List<List<B32>> firstStep(RunningSoftmax softmax) {
      block.awaitCopies();
      beginToCopyFollowing(firstKey);
      List<List<F32>> s = block.products(readQ, readK, keys);
      block.awaitProducts(0);
      softmax.capAndMask(s, firstKey);
      softmax.step(s);
      return block.rounded(s);
    }

    /** Adds the values of the step before while it makes probabilities of the next keys. */
    private void step(B32 k0, List<List<B32>> p, RunningSoftmax softmax) {
      block.awaitCopies();
      B32 values = k.variable(stage);
      k.assign(stage, otherStage());
      beginToCopyFollowing(k0);
      List<List<F32>> s = block.products(readQ, block.plus(readK, stage), keys);
      block.add(p, block.plus(readV, values), softmax.o());
      block.awaitProducts(1);
      softmax.capAndMask(s, k0);
      List<F32> factors = softmax.step(s);
      block.awaitProducts(0);
      softmax.rescale(factors);
      k.assign(p, block.rounded(s));
    }

    /** Adds the values of the last keys. */
    private void addLast(List<List<B32>> p, RunningSoftmax softmax) {
      block.awaitCopies();
      block.add(p, block.plus(readV, stage), softmax.o());
      block.awaitProducts(0);
    }

    private void store(RunningSoftmax softmax) {
      List<F32> totals = softmax.finish();
      HeadRows to = in.ofQueries("out", head);
      B32 row0 = k.add(tile.first(), block.warpRow());
      k.barrier();
      block.store(block.own(tileQ), to, row0, tile.queryLength(), null, softmax.o());
      if (logSumExp) {
        for (int half = 0; half < 2; half++) {
          B32 row = k.add(row0, k.add(k.fragmentRow(), 8 * half));
          Pred inside = k.and(k.eq(k.fragmentColumn(), 0), k.lt(row, tile.queryLength()));
          F32 lse = k.add(softmax.naturalMax(half), k.log(totals.get(half)));
          k.storeIf(inside, in.statistic("logSumExp", row, head), lse);
        }
      }
    }
  }
}
