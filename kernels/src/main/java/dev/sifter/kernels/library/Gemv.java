package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * C = α · A · Bᵀ + β · C for up to 8 rows of A: a linear layer over the tokens of a decoding step.
 *
 * <pre>
 * n = blockIdx.x * 8 + warp                        // a row of B, that is a column of C
 * for (t = lane; t &lt; K; t += 32)                  // vectors of 16 bytes
 *   b = B[n][t];  for each row i:  sum[i] += A[i][t] * b        // A from cache
 * for each row i:  C[i][n] = alpha * warpSum(sum[i]) + beta * C[i][n]
 * </pre>
 *
 * <p>Least bytes: B read once. 2·rows FLOPs an element of B.
 *
 * @param rows rows of A
 * @param a type of A
 * @param b type of B
 * @param c type of C
 * @param accumulate whether β is not 0
 * @param vector elements of an access
 */
public record Gemv(
    int rows, ElementType a, ElementType b, ElementType c, boolean accumulate, int vector)
    implements Kernel {
  /** Rows of A that fit into the registers of a warp's sums. */
  public static final int MAX_ROWS = 8;

  private static final int WARPS = 8;

  /**
   * What to launch; A is not transposed, B is.
   *
   * @throws IllegalArgumentException if the shape is none that this kernel takes
   */
  public static List<Launch> launches(
      GemmShape shape, Array a, Array b, float alpha, float beta, Array c) {
    if (shape.m() > MAX_ROWS || shape.transposeA() || !shape.transposeB()) {
      throw new IllegalArgumentException(
          "Gemv takes up to %d rows of A and a transposed B, not %s".formatted(MAX_ROWS, shape));
    }
    if (shape.m() == 0 || shape.n() == 0) {
      return List.of();
    }
    long[] widths = {shape.k(), shape.strideA(), shape.strideB()};
    Gemv kernel =
        new Gemv(shape.m(), a.type(), b.type(), c.type(), beta != 0, Vectors.ofRows(widths, a, b));
    return List.of(
        Launch.of(
            kernel,
            Grid.covering(shape.n(), WARPS),
            GemmArguments.of(shape, a, b, alpha, beta, c)));
  }

  @Override
  public int threadsPerBlock() {
    return WARPS * PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    GemmShape.Operands operands = new GemmShape.Operands(a, b, c, false, true, accumulate);
    GemmArguments p = GemmArguments.declare(k, operands, vector, vector, 1);
    B32 n = k.mad(k.blockX(), WARPS, k.warpIndex());
    k.exitIf(k.ge(n, p.n()));
    ElementPointer weights = k.atRow(p.b(), n, p.strideB(), vector);
    List<F32> sums = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      sums.add(k.variable(0f));
    }
    B32 vectors = k.div(p.k(), vector);
    k.forRange(
        k.laneIndex(),
        vectors,
        PtxAssembler.WARP,
        t -> {
          List<F32> w = k.load(k.at(weights, t, vector), vector);
          for (int i = 0; i < rows; i++) {
            ElementPointer row = k.atRow(p.a(), k.constant(i), p.strideA(), vector);
            List<F32> x = k.load(k.at(row, t, vector), vector);
            F32 sum = sums.get(i);
            for (int e = 0; e < vector; e++) {
              k.assign(sum, k.fma(x.get(e), w.get(e), sum));
            }
          }
        });
    for (int i = 0; i < rows; i++) {
      F32 sum = k.warpSum(sums.get(i));
      ElementPointer to = k.at(k.atRow(p.c(), k.constant(i), p.strideC(), 1), n, 1);
      p.put(k, k.eq(k.laneIndex(), 0), to, List.of(sum), accumulate);
    }
  }
}
