package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedTile;
import dev.sifter.kernels.ptx.TileCopy;
import dev.sifter.kernels.ptx.TileReader;
import java.util.ArrayList;
import java.util.List;

/**
 * softmax(mask(softcap(q·kᵀ · scale)))·v for each document and head, causal, in bfloat16 on tensor
 * cores (Dao, FlashAttention-2): scores never leave the registers.
 *
 * <pre>
 * (document, q0) = tiles[blockIdx.x];  head = blockIdx.y           // 16 queries a warp
 * copy sQ = q[q0 ...], sK = k[first key seen ...]
 * m = -big, l = 0, o = 0
 * for (k0 = first key seen; k0 &lt;= last query's position; k0 += 64)
 *   wait for sK; sync; begin to copy sV = v[k0 ...]
 *   s = mma(sQ, sK^T), capped; at the diagonal and the window's edge masked
 *   M = max(m, rowmax(s));  p = exp2((s - M)*c);  f = exp2((m - M)*c);  l = l*f + rowsum(p);  o *= f
 *   wait for sV; sync; begin to copy the next sK
 *   o += mma(bf16(p), sV)            // p's registers are an operand A as they are
 * out = o / l;  lse = m*c*ln2 + log(l)
 * </pre>
 *
 * <p>k loads while o is summed up, v while scores are made. Heads of a multiple of 16 elements up
 * to 256; rows begin at multiples of 16 bytes. Least bytes: q, k and v read, out written. 4·headDim
 * FLOPs for each visible pair and head.
 *
 * @param shape heads, options, types
 * @param logSumExp whether lse is wanted: where a backward follows
 */
public record FlashAttention(AttentionShape shape, boolean logSumExp) implements Kernel {
  /** Queries of a block. */
  public static final int BLOCK_QUERIES = 64;

  private static final int CHUNK = SharedTile.CHUNK;

  /** Below every score, and far enough from infinity to be multiplied. */
  private static final float LOWEST = -1e30f;

  /** Refuses what tensor cores do not take. */
  public FlashAttention {
    shape.requireTensorCores();
  }

  /** Whether {@link #launches} takes these tensors. */
  public static boolean takes(AttentionShape shape, AttentionTensor... tensors) {
    return shape.fitsTensorCores()
        && AttentionTensor.vector(CHUNK, shape.headDim(), tensors) == CHUNK;
  }

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
            new FlashAttention(shape, logSumExp != null),
            Grid.of(tileCount, shape.heads()),
            arguments));
  }

  /** Keys of a step: fewer where the sums take more registers. */
  private int blockKeys() {
    return shape.headDim() > 128 ? 32 : 64;
  }

  @Override
  public int threadsPerBlock() {
    return BLOCK_QUERIES / PtxAssembler.FRAGMENT_ROWS * PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    AttentionArguments.InKernel in =
        new AttentionArguments.InKernel(k, shape, CHUNK)
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
    FlashBlock block = new FlashBlock(k, shape.headDim());
    B32 before = k.sub(tile.keyLength(), tile.queryLength());
    B32 firstPosition = k.add(before, tile.first());
    B32 end = k.min(k.add(firstPosition, BLOCK_QUERIES), tile.keyLength());
    B32 firstKey = scores.firstKey(firstPosition, blockKeys());

    SharedTile tileQ = k.tile(BLOCK_QUERIES, shape.headDim());
    SharedTile tileK = k.tile(blockKeys(), shape.headDim());
    SharedTile tileV = k.tile(blockKeys(), shape.headDim());
    B32 warpRow = k.mul(k.warpIndex(), PtxAssembler.FRAGMENT_ROWS);
    SharedTile warpQ = k.from(tileQ, warpRow);
    TileReader readQ = k.readA(warpQ);
    TileReader readK = k.readB(tileK);
    TileReader readV = k.readTransposedB(tileV);
    TileCopy copyQ = block.copier(tileQ, q);
    TileCopy copyK = block.copier(tileK, keyRows);
    TileCopy copyV = block.copier(tileV, valueRows);
    copyQ.beginRows(tile.first(), tile.queryLength());
    copyK.beginRows(firstKey, tile.keyLength());
    k.commitCopies();
    Softmax softmax = Softmax.start(k, block, scores, shape);
    B32 warpPosition = k.add(firstPosition, warpRow);
    k.forRange(
        firstKey,
        end,
        blockKeys(),
        k0 -> {
          k.waitForCopies(0);
          k.barrier();
          copyV.beginRows(k0, tile.keyLength());
          k.commitCopies();
          List<List<F32>> s = block.products(readQ, readK, blockKeys());
          softmax.capAndMask(s, firstPosition, warpPosition, k0, blockKeys());
          softmax.step(s);
          k.waitForCopies(0);
          k.barrier();
          B32 following = k.add(k0, blockKeys());
          k.ifThen(k.lt(following, end), () -> copyK.beginRows(following, tile.keyLength()));
          k.commitCopies();
          block.add(s, readV, softmax.o);
        });
    k.waitForCopies(0);
    List<F32> totals = softmax.finish();
    HeadRows to = in.ofQueries("out", head);
    B32 row0 = k.add(tile.first(), warpRow);
    block.store(warpQ, to, row0, tile.queryLength(), null, softmax.o);
    if (logSumExp) {
      for (int half = 0; half < 2; half++) {
        B32 row = k.add(row0, k.add(k.fragmentRow(), 8 * half));
        Pred inside = k.and(k.eq(k.fragmentColumn(), 0), k.lt(row, tile.queryLength()));
        F32 lse = k.add(softmax.naturalMax(half), k.log(totals.get(half)));
        k.storeIf(inside, in.statistic("logSumExp", row, head), lse);
      }
    }
  }

  /**
   * The running softmax of a warp's 16 queries, of which a thread has rows g and g + 8.
   *
   * @param c factor of scores in exponents of 2
   * @param max largest score so far
   * @param total this thread's part of the denominators
   * @param o sums of probabilities times values
   */
  private record Softmax(
      PtxAssembler k,
      FlashBlock block,
      AttentionScores scores,
      AttentionShape shape,
      F32 c,
      List<F32> max,
      List<F32> total,
      List<List<F32>> o) {

    static Softmax start(
        PtxAssembler k, FlashBlock block, AttentionScores scores, AttentionShape shape) {
      F32 c =
          shape.softcapped()
              ? k.constant(FlashBlock.LOG2_E)
              : k.mul(scores.scale(), FlashBlock.LOG2_E);
      return new Softmax(
          k,
          block,
          scores,
          shape,
          c,
          List.of(k.variable(LOWEST), k.variable(LOWEST)),
          List.of(k.variable(0f), k.variable(0f)),
          k.fragments(shape.headDim() / PtxAssembler.FRAGMENT_COLUMNS));
    }

    /** Without a soft cap, scores stay unscaled: c has the scale. */
    void capAndMask(List<List<F32>> s, B32 firstPosition, B32 warpPosition, B32 k0, int columns) {
      if (shape.softcapped()) {
        s.forEach(f -> f.forEach(score -> k.assign(score, scores.score(score))));
      }
      Pred partly = scores.hidesSome(firstPosition, BLOCK_QUERIES, k0, columns);
      k.ifThen(
          partly,
          () ->
              block.hide(
                  s,
                  (row, column) -> scores.sees(k.add(warpPosition, row), k.add(k0, column)),
                  Float.NEGATIVE_INFINITY));
    }

    /** Turns scores into exp2((score − max)·c), in place; rescales what was summed so far. */
    void step(List<List<F32>> s) {
      for (int half = 0; half < 2; half++) {
        F32 largest = s.getFirst().get(2 * half);
        for (List<F32> f : s) {
          largest = k.max(largest, k.max(f.get(2 * half), f.get(2 * half + 1)));
        }
        F32 newMax = k.max(max.get(half), block.overRow(largest, k::max));
        F32 factor = k.exp2Approximate(k.mul(k.sub(max.get(half), newMax), c));
        k.assign(max.get(half), newMax);
        F32 shift = k.neg(k.mul(newMax, c));
        F32 sum = k.mul(total.get(half), factor);
        for (List<F32> f : s) {
          for (int i = 2 * half; i < 2 * half + 2; i++) {
            k.assign(f.get(i), k.exp2Approximate(k.fma(f.get(i), c, shift)));
            sum = k.add(sum, f.get(i));
          }
        }
        k.assign(total.get(half), sum);
        for (List<F32> f : o) {
          for (int i = 2 * half; i < 2 * half + 2; i++) {
            k.assign(f.get(i), k.mul(f.get(i), factor));
          }
        }
      }
    }

    /** Divides the sums by the denominators, and returns those. */
    List<F32> finish() {
      List<F32> totals = new ArrayList<>();
      for (int half = 0; half < 2; half++) {
        F32 sum = block.overRow(total.get(half), k::add);
        F32 inverse = k.reciprocal(sum);
        for (List<F32> f : o) {
          for (int i = 2 * half; i < 2 * half + 2; i++) {
            k.assign(f.get(i), k.mul(f.get(i), inverse));
          }
        }
        totals.add(sum);
      }
      return totals;
    }

    /** The largest score, scaled. */
    F32 naturalMax(int half) {
      return shape.softcapped() ? max.get(half) : k.mul(max.get(half), scores.scale());
    }
  }
}
