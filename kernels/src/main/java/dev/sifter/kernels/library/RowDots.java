package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * sums[t] (+)= Σ_n a[t, n] · b[t, n].
 *
 * <pre>
 * t = blockIdx.x * 8 + warp
 * for (c = lane; c &lt; columns; c += 32)  s += a[t][c] * b[t][c]       // vectors of 16 bytes
 * s = warpSum(s);  if (lane == 0)  sums[t] = (accumulate ? sums[t] : 0) + s
 * </pre>
 *
 * <p>Least bytes: a and b read. 2 FLOPs an element.
 *
 * @param a type of the one matrix
 * @param b type of the other
 * @param sums type of the sums
 * @param accumulate whether sums are added to
 * @param vector elements of an access
 */
public record RowDots(
    ElementType a, ElementType b, ElementType sums, boolean accumulate, int vector)
    implements Kernel {
  private static final int WARPS = 8;

  /**
   * What to launch.
   *
   * @param a [rows, width]
   * @param b [rows, width]
   * @param sums [rows]
   */
  public static List<Launch> launches(
      Array a, Array b, boolean accumulate, Array sums, int rows, int width) {
    if (rows == 0) {
      return List.of();
    }
    RowDots kernel =
        new RowDots(
            a.type(), b.type(), sums.type(), accumulate, Vectors.ofRows(new long[] {width}, a, b));
    return List.of(
        Launch.of(
            kernel,
            Grid.covering(rows, WARPS),
            a.require("a", (long) rows * width),
            b.require("b", (long) rows * width),
            sums.require("sums", rows),
            rows,
            width));
  }

  @Override
  public int threadsPerBlock() {
    return WARPS * PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer left = k.input("a", a, vector);
    ElementPointer right = k.input("b", b, vector);
    ElementPointer out = k.output("sums", sums, 1);
    B32 rows = k.size("rows");
    B32 width = k.size("width");
    B32 t = k.mad(k.blockX(), WARPS, k.warpIndex());
    k.exitIf(k.ge(t, rows));
    ElementPointer rowA = k.atRow(left, t, width, vector);
    ElementPointer rowB = k.atRow(right, t, width, vector);
    F32 sum = k.variable(0f);
    k.forRange(
        k.laneIndex(),
        k.div(width, vector),
        PtxAssembler.WARP,
        c -> {
          List<F32> x = k.load(k.at(rowA, c, vector), vector);
          List<F32> y = k.load(k.at(rowB, c, vector), vector);
          for (int e = 0; e < vector; e++) {
            k.assign(sum, k.fma(x.get(e), y.get(e), sum));
          }
        });
    F32 total = k.warpSum(sum);
    ElementPointer to = k.at(out, t, 1);
    k.ifThen(
        k.eq(k.laneIndex(), 0),
        () -> k.store(to, accumulate ? k.add(k.loadOne(to), total) : total));
  }
}
