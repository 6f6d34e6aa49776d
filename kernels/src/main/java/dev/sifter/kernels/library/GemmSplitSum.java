package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;
import java.util.stream.IntStream;

/**
 * C = α · Σ_z P[z] + β · C: adds up, in order, what the splits of a matrix product have summed.
 *
 * <pre>
 * row = blockIdx.x * 8 + warp;  col = blockIdx.y * 32 + lane       // a vector of 16 bytes
 * for (z = 0; z &lt; splits; z++)  sum += P[z][row][col]
 * C[row][col] = alpha*sum + beta*C[row][col]
 * </pre>
 *
 * <p>Least bytes: P read, C written (and read if β is not 0). 1 FLOP an element of P.
 *
 * @param c type of C
 * @param accumulate whether β is not 0
 * @param vector elements of an access
 */
public record GemmSplitSum(ElementType c, boolean accumulate, int vector) implements RowTiles {

  /**
   * What to launch.
   *
   * @param parts fp32 [splits, m, n]
   */
  public static List<Launch> launches(
      GemmShape shape, int splits, Array parts, float alpha, float beta, Array c) {
    GemmSplitSum kernel =
        new GemmSplitSum(
            c.type(), beta != 0, Vectors.ofRows(new long[] {shape.n(), shape.strideC()}, parts, c));
    return RowTiles.launches(
        kernel,
        kernel.vector,
        shape.m(),
        shape.n(),
        parts.require("parts", (long) splits * shape.m() * shape.n()),
        shape.requireC(c),
        splits,
        shape.n(),
        shape.strideC(),
        alpha,
        beta);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer parts = k.input("parts", ElementType.F32, vector);
    ElementPointer out = k.output("c", c, vector);
    B32 splits = k.size("splits");
    B32 width = k.size("width");
    B32 stride = k.size("stride");
    F32 alpha = k.number("alpha");
    F32 beta = k.number("beta");
    RowTiles.emit(
        k,
        vector,
        place -> {
          List<F32> sums = IntStream.range(0, vector).mapToObj(i -> k.variable(0f)).toList();
          k.forRange(
              0,
              splits,
              1,
              z -> {
                B32 row = k.mad(z, place.rows(), place.row());
                List<F32> part = k.load(place.inRow(parts, row, width), vector);
                for (int i = 0; i < vector; i++) {
                  k.assign(sums.get(i), k.add(sums.get(i), part.get(i)));
                }
              });
          List<F32> scaled = Vectors.map(sums, sum -> k.mul(sum, alpha));
          place.store(
              out,
              stride,
              accumulate
                  ? Vectors.zip(
                      place.load(out, stride), scaled, (old, sum) -> k.fma(old, beta, sum))
                  : scaled);
        });
  }
}
