package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.List;

/**
 * Matrix product, step 2: a block of 32 × 32 elements of C takes tiles of A and B through shared
 * memory, so that each element of them is loaded once for 32 products.
 *
 * <pre>
 * ty = warp, tx = lane                              // 1024 threads
 * for (t0 = 0; t0 &lt; k; t0 += 32)
 *   sA[ty][tx] = A[row0 + ty][t0 + tx];  sB[ty][tx] = B[t0 + ty][col0 + tx];  sync
 *   for (t = 0; t &lt; 32; t++)  sum += sA[ty][t] * sB[t][tx]
 *   sync
 * C[row0 + ty][col0 + tx] = alpha*sum + beta*C[...]
 * </pre>
 *
 * <p>Transposed operands are loaded the way they lie and stored turned, with a column more than is
 * needed, so that the turned stores fall into different banks. Loads fall to 1/32; two loads from
 * shared memory for each fma remain, which {@link GemmBlocked} mends.
 *
 * <p>Least bytes: A, B and C once each; each block loads its rows and columns: mnk/4 in fp32. 2mnk
 * FLOPs.
 *
 * @param operands types and layouts
 */
public record GemmTiled(GemmShape.Operands operands) implements Kernel {
  private static final int TILE = PtxAssembler.WARP;
  private static final int ROW_BYTES = (TILE + 1) * Float.BYTES;

  /** What to launch. */
  public static List<Launch> launches(
      GemmShape shape, Array a, Array b, float alpha, float beta, Array c) {
    if (shape.m() == 0 || shape.n() == 0) {
      return List.of();
    }
    return List.of(
        Launch.of(
            new GemmTiled(GemmShape.Operands.of(shape, a, b, c, beta)),
            Grid.of(Math.ceilDiv(shape.n(), TILE), Math.ceilDiv(shape.m(), TILE)),
            GemmArguments.of(shape, a, b, alpha, beta, c)));
  }

  @Override
  public int threadsPerBlock() {
    return TILE * TILE;
  }

  @Override
  public void emit(PtxAssembler k) {
    GemmArguments p = GemmArguments.declare(k, operands, 1, 1, 1);
    SharedPointer tileA = k.shared(TILE * ROW_BYTES);
    SharedPointer tileB = k.shared(TILE * ROW_BYTES);
    B32 ty = k.warpIndex();
    B32 tx = k.laneIndex();
    B32 row0 = k.mul(k.blockY(), TILE);
    B32 column0 = k.mul(k.blockX(), TILE);
    SharedPointer rowOfA = k.at(tileA, ty, ROW_BYTES);
    SharedPointer columnOfB = k.at(tileB, tx, Float.BYTES);
    F32 sum = k.variable(0f);
    k.forRange(
        0,
        p.k(),
        TILE,
        t0 -> {
          fill(k, tileA, p.a(), p.strideA(), row0, p.m(), t0, p.k(), operands.transposeA());
          fill(k, tileB, p.b(), p.strideB(), t0, p.k(), column0, p.n(), operands.transposeB());
          k.barrier();
          for (int t = 0; t < TILE; t++) {
            F32 left = k.loadFloat(rowOfA.plus((long) t * Float.BYTES));
            F32 right = k.loadFloat(columnOfB.plus((long) t * ROW_BYTES));
            k.assign(sum, k.fma(left, right, sum));
          }
          k.barrier();
        });
    B32 row = k.add(row0, ty);
    B32 column = k.add(column0, tx);
    Pred inside = k.and(k.lt(row, p.m()), k.lt(column, p.n()));
    ElementPointer to = k.at(k.atRow(p.c(), row, p.strideC(), 1), column, 1);
    p.put(k, inside, to, List.of(sum), operands.accumulate());
  }

  /** tile[i][j] = op(matrix)[row0 + i][column0 + j], zeros beyond its ends. */
  private static void fill(
      PtxAssembler k,
      SharedPointer tile,
      ElementPointer matrix,
      B32 stride,
      B32 row0,
      B32 rows,
      B32 column0,
      B32 columns,
      boolean transposed) {
    B32 outer = k.add(transposed ? column0 : row0, k.warpIndex());
    B32 inner = k.add(transposed ? row0 : column0, k.laneIndex());
    Pred inside =
        k.and(k.lt(outer, transposed ? columns : rows), k.lt(inner, transposed ? rows : columns));
    F32 value = k.loadIf(inside, k.at(k.atRow(matrix, outer, stride, 1), inner, 1), 1).getFirst();
    B32 i = transposed ? k.laneIndex() : k.warpIndex();
    B32 j = transposed ? k.warpIndex() : k.laneIndex();
    k.store(k.at(k.at(tile, i, ROW_BYTES), j, Float.BYTES), value);
  }
}
