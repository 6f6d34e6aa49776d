package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * Matrix product, step 1: a thread an element of C.
 *
 * <pre>
 * row = blockIdx.y * 8 + warp;  col = blockIdx.x * 32 + lane
 * for (t = 0; t &lt; k; t++)  sum += A[row][t] * B[t][col]
 * C[row][col] = alpha*sum + beta*C[row][col]
 * </pre>
 *
 * <p>Every element of A and B is loaded once for each of its n or m products: 8 bytes for 2 FLOPs.
 * What follows only loads less: {@link GemmTiled}, {@link GemmBlocked}, {@link GemmTensorCore}.
 *
 * @param operands types and layouts
 */
public record GemmNaive(GemmShape.Operands operands) implements Kernel {
  private static final int ROWS = 8;

  /** What to launch. */
  public static List<Launch> launches(
      GemmShape shape, Array a, Array b, float alpha, float beta, Array c) {
    if (shape.m() == 0 || shape.n() == 0) {
      return List.of();
    }
    Grid grid = Grid.of(Math.ceilDiv(shape.n(), PtxAssembler.WARP), Math.ceilDiv(shape.m(), ROWS));
    return List.of(
        Launch.of(
            new GemmNaive(GemmShape.Operands.of(shape, a, b, c, beta)),
            grid,
            GemmArguments.of(shape, a, b, alpha, beta, c)));
  }

  @Override
  public int threadsPerBlock() {
    return ROWS * PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    GemmArguments p = GemmArguments.declare(k, operands, 1, 1, 1);
    B32 row = k.mad(k.blockY(), ROWS, k.warpIndex());
    B32 column = k.mad(k.blockX(), PtxAssembler.WARP, k.laneIndex());
    k.ifThen(
        k.and(k.lt(row, p.m()), k.lt(column, p.n())),
        () -> {
          F32 sum = k.variable(0f);
          k.forRange(
              0,
              p.k(),
              1,
              t -> {
                F32 left = element(k, p.a(), p.strideA(), row, t, operands.transposeA());
                F32 right = element(k, p.b(), p.strideB(), t, column, operands.transposeB());
                k.assign(sum, k.fma(left, right, sum));
              });
          ElementPointer to = k.at(k.atRow(p.c(), row, p.strideC(), 1), column, 1);
          p.put(k, null, to, List.of(sum), operands.accumulate());
        });
  }

  private static F32 element(
      PtxAssembler k, ElementPointer matrix, B32 stride, B32 row, B32 column, boolean transposed) {
    ElementPointer start = k.atRow(matrix, transposed ? column : row, stride, 1);
    return k.loadOne(k.at(start, transposed ? row : column, 1));
  }
}
