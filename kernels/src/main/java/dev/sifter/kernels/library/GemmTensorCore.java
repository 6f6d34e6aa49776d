package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedTile;
import dev.sifter.kernels.ptx.TileReader;
import java.util.ArrayList;
import java.util.List;

/**
 * Matrix product, step 4: bfloat16 operands on tensor cores, with tiles copied asynchronously two
 * steps ahead.
 *
 * <pre>
 * copy tiles 0 and 1 of A and B into stages 0 and 1, a group each
 * for (i = 0; i &lt; tiles of 32 terms; i++)
 *   wait for group i;  sync;  begin to copy tile i+2 into stage (i+2) % 3
 *   for t in {0, 16}:                                         // a warp has 32 x 32 or 32 x 64 of C
 *     a[2] = ldmatrix(sA[32*wy ...][t]);  b[n] = ldmatrix(sB[...][t])
 *     acc[m][n] = mma(a[m], b[n], acc[m][n])                  // 16 x 8 each
 * C[row][col] = alpha*acc + beta*C[row][col]
 * </pre>
 *
 * <p>Tiles are stored the way their matrix lies; {@code ldmatrix} turns what lies the other way. A
 * barrier an iteration suffices: the stage that is overwritten was read in the iteration before.
 * Long sums of small matrices are split as in {@link GemmBlocked}.
 *
 * <p>Rows of A and B begin at multiples of 16 bytes and hold multiples of 8 elements. Least bytes:
 * A, B and C once each. 2mnk FLOPs.
 *
 * @param operands types and layouts
 * @param tile rows and columns of C of a block: 64 or 128
 * @param vectorC elements of C that are stored at once: 2 or 1
 * @param split whether block z writes partial sums
 */
public record GemmTensorCore(GemmShape.Operands operands, int tile, int vectorC, boolean split)
    implements Kernel {
  private static final int DEPTH = GemmStages.DEPTH;
  private static final int WARP_ROWS = 32;
  private static final int CHUNK = SharedTile.CHUNK;

  /** Refuses what tensor cores do not multiply. */
  public GemmTensorCore {
    if (operands.a() != ElementType.BF16 || operands.b() != ElementType.BF16) {
      throw new IllegalArgumentException(
          "tensor cores multiply BF16 by BF16, not %s by %s".formatted(operands.a(), operands.b()));
    }
  }

  /** Whether {@link #launches} takes these operands. */
  public static boolean takes(GemmShape shape, Array a, Array b) {
    return a.type() == ElementType.BF16
        && b.type() == ElementType.BF16
        && shape.fitsA(a, CHUNK)
        && shape.fitsB(b, CHUNK);
  }

  /** What to launch, in tiles of {@code tile} elements a side. */
  public static List<Launch> launches(
      GemmShape shape, int tile, Array a, Array b, float alpha, float beta, Array c) {
    if (shape.m() == 0 || shape.n() == 0) {
      return List.of();
    }
    requireTaken(shape, a, b);
    GemmTensorCore kernel =
        new GemmTensorCore(
            GemmShape.Operands.of(shape, a, b, c, beta), tile, shape.fitsC(c, 2) ? 2 : 1, false);
    List<Object> arguments =
        new ArrayList<>(List.of(GemmArguments.of(shape, a, b, alpha, beta, c)));
    arguments.add(shape.k());
    return List.of(new Launch(kernel, shape.grid(tile, 1), arguments));
  }

  /**
   * What to launch to sum up {@code splits} parts of the terms separately.
   *
   * @param scratch fp32 [splits, m, n]
   */
  public static List<Launch> launchesSplit(
      GemmShape shape,
      int tile,
      int splits,
      Array a,
      Array b,
      float alpha,
      float beta,
      Array c,
      Array scratch) {
    requireTaken(shape, a, b);
    GemmShape parts = shape.withDenseC();
    GemmTensorCore kernel =
        new GemmTensorCore(
            GemmShape.Operands.of(parts, a, b, scratch, 0),
            tile,
            parts.fitsC(scratch, 2) ? 2 : 1,
            true);
    scratch.require("scratch", (long) splits * shape.m() * shape.n());
    List<Object> arguments = new ArrayList<>(List.of(GemmArguments.of(parts, a, b, 1, 0, scratch)));
    arguments.add(shape.share(splits, DEPTH));
    List<Launch> launches = new ArrayList<>();
    launches.add(new Launch(kernel, shape.grid(tile, splits), arguments));
    launches.addAll(GemmSplitSum.launches(shape, splits, scratch, alpha, beta, c));
    return launches;
  }

  private static void requireTaken(GemmShape shape, Array a, Array b) {
    if (!takes(shape, a, b)) {
      throw new IllegalArgumentException(
          "tensor cores take BF16 rows that begin at multiples of 16 bytes and hold multiples of"
              + " 8 elements, not %s and %s of %s".formatted(a, b, shape));
    }
  }

  private int warpColumns() {
    return tile / 2;
  }

  @Override
  public int threadsPerBlock() {
    return tile / WARP_ROWS * 2 * PtxAssembler.WARP;
  }

  @Override
  public int blocksPerMultiprocessor() {
    return 2;
  }

  @Override
  public void emit(PtxAssembler k) {
    GemmArguments p = GemmArguments.declare(k, operands, CHUNK, CHUNK, vectorC);
    B32 share = k.size("share");
    B32 row0 = k.mul(k.blockY(), tile);
    B32 column0 = k.mul(k.blockX(), tile);
    B32 first = split ? k.mul(k.blockZ(), share) : k.constant(0);
    B32 end = split ? k.min(p.k(), k.add(first, share)) : p.k();
    B32 warpRow = k.mul(k.shr(k.warpIndex(), 1), WARP_ROWS);
    B32 warpColumn = k.mul(k.and(k.warpIndex(), 1), warpColumns());

    GemmStages stages = new GemmStages(k, p, operands, tile, row0, column0, end);
    TileReader readA = stages.readerA(warpRow);
    TileReader readB = stages.readerB(warpColumn);
    int across = warpColumns() / PtxAssembler.FRAGMENT_COLUMNS;
    List<List<F32>> sums = k.fragments(2 * across);

    B32 write = k.variable(k.constant(0));
    B32 next = k.variable(first);
    for (int s = 0; s < GemmStages.COUNT - 1; s++) {
      stages.copy(next, write);
      k.assign(next, k.add(next, DEPTH));
      k.assign(write, k.add(write, stages.bytes()));
    }
    B32 read = k.variable(k.constant(0));
    k.forRange(
        first,
        end,
        DEPTH,
        t0 -> {
          k.waitForCopies(GemmStages.COUNT - 2);
          k.barrier();
          stages.copy(next, write);
          k.assign(next, k.add(next, DEPTH));
          k.assign(write, stages.after(write));
          multiply(k, readA.plus(read), readB.plus(read), sums);
          k.assign(read, stages.after(read));
        });
    k.waitForCopies(0);
    ElementPointer c = split ? k.atRow(p.c(), k.mul(k.blockZ(), p.m()), p.n(), vectorC) : p.c();
    store(k, p, c, k.add(row0, warpRow), k.add(column0, warpColumn), sums);
  }

  /** Multiplies 32 terms of a warp's 32 rows and its columns. */
  private void multiply(PtxAssembler k, TileReader readA, TileReader readB, List<List<F32>> sums) {
    int across = sums.size() / 2;
    for (int t = 0; t < DEPTH; t += PtxAssembler.FRAGMENT_TERMS) {
      List<List<B32>> a = new ArrayList<>();
      for (int m = 0; m < 2; m++) {
        int row = m * PtxAssembler.FRAGMENT_ROWS;
        a.add(operands.transposeA() ? readA.at(t, row) : readA.at(row, t));
      }
      for (int n = 0; n < across; n += 2) {
        int column = n * PtxAssembler.FRAGMENT_COLUMNS;
        List<B32> b = operands.transposeB() ? readB.at(column, t) : readB.at(t, column);
        for (int m = 0; m < 2; m++) {
          k.mmaBfloat16(a.get(m), b.subList(0, 2), sums.get(m * across + n));
          k.mmaBfloat16(a.get(m), b.subList(2, 4), sums.get(m * across + n + 1));
        }
      }
    }
  }

  private void store(
      PtxAssembler k,
      GemmArguments p,
      ElementPointer c,
      B32 row0,
      B32 column0,
      List<List<F32>> sums) {
    int across = sums.size() / 2;
    B32 column = k.add(column0, k.fragmentColumn());
    for (int half = 0; half < 4; half++) {
      B32 row = k.add(k.add(row0, k.fragmentRow()), 8 * half);
      Pred rowInside = k.lt(row, p.m());
      ElementPointer start = k.atRow(c, row, p.strideC(), vectorC);
      ElementPointer to = k.at(start, k.div(column, vectorC), vectorC);
      for (int n = 0; n < across; n++) {
        int offset = n * PtxAssembler.FRAGMENT_COLUMNS;
        int from = half % 2 * 2;
        List<F32> pair = sums.get(half / 2 * across + n).subList(from, from + 2);
        for (int e = 0; e < 2; e += vectorC) {
          Pred inside = k.and(rowInside, k.lt(k.add(column, offset + e), p.n()));
          p.put(
              k, inside, to.plus(offset + e), pair.subList(e, e + vectorC), operands.accumulate());
        }
      }
    }
  }
}
