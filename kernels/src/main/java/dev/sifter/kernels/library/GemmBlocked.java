package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * Matrix product, step 3: each thread has a block of C in registers, of 4 × 4 up to 8 × 8 elements,
 * so an element from shared memory serves as many fma.
 *
 * <pre>
 * tx = threadIdx.x % side, ty = threadIdx.x / side        // side² threads
 * for (t0 = ...; t0 &lt; end; t0 += 16)
 *   sA[t][row] = A[row0 + row][t0 + t],  sB[t][col] = B[t0 + t][col0 + col]    // quads; sync
 *   for t in 0..15:  a = sA[t][4*ty ...], b = sB[t][4*tx ...];  acc[i][j] += a[i] * b[j]
 *   sync
 * C[row][col] = alpha*acc + beta*C[row][col]
 * </pre>
 *
 * <p>{@link GemmTile} says how the tiles lie. Long sums of small matrices are split: block z sums
 * its share of the terms into a matrix of its own, and {@link GemmSplitSum} adds those up in order.
 *
 * <p>Least bytes: A, B and C once each; each block loads its rows and columns: (1/tile)·8·mnk. 2mnk
 * FLOPs.
 *
 * @param operands types and layouts
 * @param tile rows and columns of C of a block: 32, 64 or 128
 * @param vectorA elements of A that are loaded at once: 4, or 1 where its rows do not allow that
 * @param vectorB the same of B
 * @param vectorC the same of C
 * @param split whether block z writes partial sums
 */
public record GemmBlocked(
    GemmShape.Operands operands, int tile, int vectorA, int vectorB, int vectorC, boolean split)
    implements Kernel {
  private static final int DEPTH = GemmTile.DEPTH;
  private static final int QUAD = GemmTile.QUAD;

  /** What to launch, in tiles of {@code tile} elements a side. */
  public static List<Launch> launches(
      GemmShape shape, int tile, Array a, Array b, float alpha, float beta, Array c) {
    if (shape.m() == 0 || shape.n() == 0) {
      return List.of();
    }
    GemmBlocked kernel =
        new GemmBlocked(
            GemmShape.Operands.of(shape, a, b, c, beta),
            tile,
            shape.fitsA(a, QUAD) ? QUAD : 1,
            shape.fitsB(b, QUAD) ? QUAD : 1,
            shape.fitsC(c, QUAD) ? QUAD : 1,
            false);
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
    GemmShape parts = shape.withDenseC();
    GemmBlocked kernel =
        new GemmBlocked(
            GemmShape.Operands.of(parts, a, b, scratch, 0),
            tile,
            parts.fitsA(a, QUAD) ? QUAD : 1,
            parts.fitsB(b, QUAD) ? QUAD : 1,
            parts.fitsC(scratch, QUAD) ? QUAD : 1,
            true);
    scratch.require("scratch", (long) splits * shape.m() * shape.n());
    List<Object> arguments = new ArrayList<>(List.of(GemmArguments.of(parts, a, b, 1, 0, scratch)));
    arguments.add(shape.share(splits, DEPTH));
    List<Launch> launches = new ArrayList<>();
    launches.add(new Launch(kernel, shape.grid(tile, splits), arguments));
    launches.addAll(GemmSplitSum.launches(shape, splits, scratch, alpha, beta, c));
    return launches;
  }

  /** Threads of a row of threads: 8 for a tile of 32, 16 otherwise. */
  private int side() {
    return Math.min(16, tile / QUAD);
  }

  /** Quads of a thread in each direction. */
  private int quads() {
    return tile / (side() * QUAD);
  }

  @Override
  public int threadsPerBlock() {
    return side() * side();
  }

  @Override
  public int blocksPerMultiprocessor() {
    return 2;
  }

  @Override
  public void emit(PtxAssembler k) {
    GemmArguments p = GemmArguments.declare(k, operands, vectorA, vectorB, vectorC);
    B32 share = k.size("share");
    B32 row0 = k.mul(k.blockY(), tile);
    B32 column0 = k.mul(k.blockX(), tile);
    B32 first = split ? k.mul(k.blockZ(), share) : k.constant(0);
    B32 end = split ? k.min(p.k(), k.add(first, share)) : p.k();
    // Op(A) lies along the terms unless A is stored transposed; op(B) the other way round.
    GemmTile tileA =
        new GemmTile(k, tile, DEPTH, threadsPerBlock(), !operands.transposeA(), vectorA);
    GemmTile tileB =
        new GemmTile(k, tile, DEPTH, threadsPerBlock(), operands.transposeB(), vectorB);
    B32 ty = k.div(k.threadIndex(), side());
    B32 tx = k.rem(k.threadIndex(), side());
    List<SharedPointer> readA = tileA.readers(ty);
    List<SharedPointer> readB = tileB.readers(tx);
    int edge = quads() * QUAD;
    List<F32> sums = new ArrayList<>();
    for (int i = 0; i < edge * edge; i++) {
      sums.add(k.variable(0f));
    }
    B32 start = k.constant(0);
    k.forRange(
        first,
        end,
        DEPTH,
        t0 -> {
          List<List<F32>> quadsA = tileA.load(p.a(), p.strideA(), row0, p.m(), t0, end);
          List<List<F32>> quadsB = tileB.load(p.b(), p.strideB(), column0, p.n(), t0, end);
          k.barrier();
          tileA.store(quadsA, start);
          tileB.store(quadsB, start);
          k.barrier();
          for (int t = 0; t < DEPTH; t++) {
            List<F32> left = tileA.read(readA, t, side(), quads());
            List<F32> right = tileB.read(readB, t, side(), quads());
            for (int i = 0; i < edge * edge; i++) {
              F32 sum = sums.get(i);
              k.assign(sum, k.fma(left.get(i / edge), right.get(i % edge), sum));
            }
          }
        });
    store(k, p, row0, column0, ty, tx, sums);
  }

  /** This thread's quads of C. */
  private void store(
      PtxAssembler k, GemmArguments p, B32 row0, B32 column0, B32 ty, B32 tx, List<F32> sums) {
    ElementPointer c = split ? ofPart(k, p) : p.c();
    int edge = quads() * QUAD;
    for (int i = 0; i < edge; i++) {
      B32 row = k.add(row0, k.mad(ty, QUAD, k.constant(i / QUAD * side() * QUAD + i % QUAD)));
      Pred rowInside = k.lt(row, p.m());
      for (int q = 0; q < quads(); q++) {
        B32 column = k.add(column0, k.mad(tx, QUAD, k.constant(q * side() * QUAD)));
        List<F32> quad = sums.subList(i * edge + q * QUAD, i * edge + (q + 1) * QUAD);
        put(k, p, rowInside, row, column, quad, c);
      }
    }
  }

  /** The matrix of partial sums of this block's share. */
  private ElementPointer ofPart(PtxAssembler k, GemmArguments p) {
    return k.atRow(p.c(), k.mul(k.blockZ(), p.m()), p.n(), vectorC);
  }

  private void put(
      PtxAssembler k,
      GemmArguments p,
      Pred rowInside,
      B32 row,
      B32 column,
      List<F32> quad,
      ElementPointer c) {
    ElementPointer start = k.atRow(c, row, p.strideC(), vectorC);
    ElementPointer to = k.at(start, k.div(column, vectorC), vectorC);
    for (int e = 0; e < QUAD; e += vectorC) {
      Pred inside = k.and(rowInside, k.lt(k.add(column, e), p.n()));
      p.put(k, inside, to.plus(e), quad.subList(e, e + vectorC), operands.accumulate());
    }
  }
}
