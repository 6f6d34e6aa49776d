package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * sums[t] (+)= Σ_n a[t, n] · b[t, n]: squared norms of rows, and their gradients.
 *
 * <pre>
 * row = blockIdx.x * 8 + warp;  if (row &gt;= rows) return
 * s = 0
 * for (c = lane; c &lt; width / V; c += 32)  s = fma(a[row][c], b[row][c], s)     // vectors
 * s = warpSum(s)
 * if (lane == 0)  sums[row] = (accumulate ? sums[row] : 0) + s
 * </pre>
 *
 * <p>Least bytes: a and b read. 2 FLOPs an element.
 *
 * @param a type of the left matrix
 * @param b type of the right matrix
 * @param accumulate whether the sums are added to
 * @param vector elements of an access
 */
public record RowDot(ElementType a, ElementType b, boolean accumulate, int vector)
    implements Kernel {
  private static final int ROWS = 8;

  /**
   * What to launch.
   *
   * @param a [rows, width]
   * @param b [rows, width]
   * @param sums fp32 [rows]
   */
  public static List<Launch> launches(
      Array a, Array b, boolean accumulate, Array sums, int rows, int width) {
    if (rows == 0) {
      return List.of();
    }
    Types.require("sums", sums, ElementType.F32);
    RowDot kernel =
        new RowDot(a.type(), b.type(), accumulate, Vectors.ofRows(new long[] {width}, a, b));
    return List.of(
        Launch.of(
            kernel,
            Grid.covering(rows, ROWS),
            a.require("a", (long) rows * width),
            b.require("b", (long) rows * width),
            sums.require("sums", rows),
            rows,
            width));
  }

  @Override
  public int threadsPerBlock() {
    return ROWS * PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer left = k.input("a", a, vector);
    ElementPointer right = k.input("b", b, vector);
    ElementPointer sums = k.output("sums", ElementType.F32, 1);
    B32 rows = k.size("rows");
    B32 width = k.size("width");
    B32 row = k.mad(k.blockX(), ROWS, k.warpIndex());
    k.exitIf(k.ge(row, rows));
    ElementPointer rowOfA = k.atRow(left, row, width, vector);
    ElementPointer rowOfB = k.atRow(right, row, width, vector);
    F32 sum = k.variable(0f);
    k.forRange(
        k.laneIndex(),
        k.div(width, vector),
        PtxAssembler.WARP,
        c -> {
          List<F32> x = k.load(k.at(rowOfA, c, vector), vector);
          List<F32> y = k.load(k.at(rowOfB, c, vector), vector);
          for (int i = 0; i < vector; i++) {
            k.assign(sum, k.fma(x.get(i), y.get(i), sum));
          }
        });
    F32 total = k.warpSum(sum);
    ElementPointer to = k.at(sums, row, 1);
    k.ifThen(
        k.eq(k.laneIndex(), 0),
        () -> k.store(to, accumulate ? k.add(k.loadOne(to), total) : total));
  }
}
