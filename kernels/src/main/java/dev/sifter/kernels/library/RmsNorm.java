package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * ρ = 1/√(mean(x²) + ε), y = x · ρ · (w + offset), for each row (Zhang &amp; Sennrich 2019).
 * Optionally x is a sum that is made on the way: x = h + d, the residual stream and a block's
 * output.
 *
 * <pre>
 * row = blockIdx.x * 4 + warp                  // wide rows: row = blockIdx.x, a block each
 * for j: v[j] = x[row][lane + 32*j]            // vectors; all loads first
 *        if (residual) { v[j] += d[row][...]; x[row][...] = v[j] }
 * ss = warpSum(sum_j v[j]*v[j])                // wide rows: blockSum
 * r = 1 / sqrt(ss/H + eps)
 * for j: y[row][lane + 32*j] = v[j] * r * (w[lane + 32*j] + offset)
 * if (lane == 0) rstd[row] = r
 * </pre>
 *
 * <p>Least bytes: x read and y written; with a residual, d read and x written as well. 5 FLOPs an
 * element, 6 with a residual.
 *
 * @param width H
 * @param x type of the input
 * @param residual type of d, or null for none
 * @param weight type of w
 * @param y type of the output
 * @param vector elements of an access
 */
public record RmsNorm(
    int width, ElementType x, ElementType residual, ElementType weight, ElementType y, int vector)
    implements Kernel {

  /**
   * What to launch for {@code rows} rows.
   *
   * @param x [rows, width]; with a residual, the sum is written to it
   * @param residual [rows, width], or null
   * @param weight [width]
   * @param y [rows, yStride], of which the first {@code width} of each row are written
   * @param yStride elements from one row of y to the next
   * @param rstd fp32 [rows], receives ρ
   */
  public static List<Launch> launches(
      Array x,
      Array residual,
      Array weight,
      float epsilon,
      float weightOffset,
      Array y,
      int yStride,
      Array rstd,
      int rows,
      int width) {
    if (rows == 0) {
      return List.of();
    }
    Strides.require("y", yStride, width);
    long[] widths = {width, yStride};
    RmsNorm kernel =
        new RmsNorm(
            width,
            x.type(),
            residual == null ? null : residual.type(),
            weight.type(),
            y.type(),
            residual == null
                ? Vectors.ofRows(widths, x, weight, y)
                : Vectors.ofRows(widths, x, residual, weight, y));
    List<Object> arguments = new ArrayList<>();
    arguments.add(x.require("x", (long) rows * width));
    if (residual != null) {
      arguments.add(residual.require("residual", (long) rows * width));
    }
    arguments.add(weight.require("weight", width));
    arguments.add(y.require("y", Strides.elements(rows, yStride, width)));
    arguments.add(rstd.require("rstd", rows));
    arguments.addAll(List.of(rows, yStride, epsilon, weightOffset));
    return List.of(new Launch(kernel, kernel.shape().grid(rows), arguments));
  }

  private RowBlocks shape() {
    return new RowBlocks(width, vector);
  }

  @Override
  public int threadsPerBlock() {
    return shape().threadsPerBlock();
  }

  @Override
  public void emit(PtxAssembler k) {
    RowBlocks shape = shape();
    ElementPointer in = residual == null ? k.input("x", x, vector) : k.output("x", x, vector);
    ElementPointer added = residual == null ? null : k.input("residual", residual, vector);
    ElementPointer weights = k.input("weight", weight, vector);
    ElementPointer out = k.output("y", y, vector);
    GlobalPointer rstd = k.pointer("rstd", Float.BYTES);
    B32 rows = k.size("rows");
    B32 yStride = k.size("yStride");
    F32 epsilon = k.number("epsilon");
    F32 offset = k.number("weightOffset");

    B32 row = shape.row(k);
    k.exitIf(k.ge(row, rows));
    List<Pred> inside = shape.inside(k);
    ElementPointer xRow = k.at(in, row, width);
    List<List<F32>> values = shape.load(k, xRow, inside);
    if (added != null) {
      List<List<F32>> d = shape.load(k, k.at(added, row, width), inside);
      values = addedAndStored(k, shape, xRow, values, d, inside);
    }
    F32 squares = k.constant(0f);
    for (List<F32> part : values) {
      for (F32 v : part) {
        squares = k.fma(v, v, squares);
      }
    }
    F32 mean = k.mul(shape.sums(k, squares).getFirst(), 1f / width);
    F32 r = k.reciprocal(k.sqrt(k.add(mean, epsilon)));
    List<List<F32>> w = shape.load(k, weights, inside);
    List<List<F32>> x = values;
    shape.forEach(
        k,
        k.atRow(out, row, yStride, vector),
        (j, to) ->
            k.storeIf(
                inside.get(j),
                to,
                Vectors.zip(
                    x.get(j), w.get(j), (v, weight) -> k.mul(k.mul(v, r), k.add(weight, offset)))));
    k.storeIf(k.eq(shape.thread(k), 0), k.at(rstd, row, Float.BYTES), r);
  }

  /** The sums, as they will be read again: rounded to x's type. */
  private List<List<F32>> addedAndStored(
      PtxAssembler k,
      RowBlocks shape,
      ElementPointer xRow,
      List<List<F32>> h,
      List<List<F32>> d,
      List<Pred> inside) {
    List<List<F32>> sums = new ArrayList<>();
    shape.forEach(
        k,
        xRow,
        (j, to) -> {
          List<F32> sum = Vectors.zip(h.get(j), d.get(j), k::add);
          k.storeIf(inside.get(j), to, sum);
          sums.add(k.rounded(x, sum));
        });
    return sums;
  }
}
