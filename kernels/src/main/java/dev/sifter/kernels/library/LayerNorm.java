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
 * μ = mean(x), ρ = 1/√(mean((x − μ)²) + ε), y = (x − μ) · ρ · (w + offset) + b, for each row (Ba et
 * al. 2016).
 *
 * <pre>
 * row = blockIdx.x * 4 + warp                  // wide rows: row = blockIdx.x, a block each
 * for j: v[j] = x[row][lane + 32*j]            // vectors; the row stays in registers
 * mu = warpSum(sum_j v[j]) / H                 // wide rows: blockSum
 * r = 1 / sqrt(warpSum(sum_j (v[j]-mu)^2) / H + eps)
 * for j: y[row][lane + 32*j] = (v[j]-mu) * r * (w[...] + offset) + b[...]
 * if (lane == 0) { mean[row] = mu; rstd[row] = r }
 * </pre>
 *
 * <p>Least bytes: x read, y written. 7 FLOPs an element, 8 with b.
 *
 * @param width H
 * @param x type of the input
 * @param weight type of w and b
 * @param biased whether there is b
 * @param y type of the output
 * @param vector elements of an access
 */
public record LayerNorm(
    int width, ElementType x, ElementType weight, boolean biased, ElementType y, int vector)
    implements Kernel {

  /**
   * What to launch for {@code rows} rows.
   *
   * @param x [rows, width]
   * @param weight [width]
   * @param bias [width], of weight's type, or null
   * @param weightOffset added to w
   * @param y [rows, yStride], of which the first {@code width} of each row are written
   * @param yStride elements from one row of y to the next
   * @param mean fp32 [rows], receives μ
   * @param rstd fp32 [rows], receives ρ
   */
  public static List<Launch> launches(
      Array x,
      Array weight,
      Array bias,
      float epsilon,
      float weightOffset,
      Array y,
      int yStride,
      Array mean,
      Array rstd,
      int rows,
      int width) {
    if (rows == 0) {
      return List.of();
    }
    Strides.require("y", yStride, width);
    if (bias != null && bias.type() != weight.type()) {
      throw new IllegalArgumentException(
          "LayerNorm with a weight in %s, but a bias in %s".formatted(weight.type(), bias.type()));
    }
    long[] widths = {width, yStride};
    int vector =
        bias == null
            ? Vectors.ofRows(widths, x, weight, y)
            : Vectors.ofRows(widths, x, weight, bias, y);
    LayerNorm kernel =
        new LayerNorm(width, x.type(), weight.type(), bias != null, y.type(), vector);
    List<Object> arguments = new ArrayList<>();
    arguments.add(x.require("x", (long) rows * width));
    arguments.add(weight.require("weight", width));
    if (bias != null) {
      arguments.add(bias.require("bias", width));
    }
    arguments.add(y.require("y", Strides.elements(rows, yStride, width)));
    arguments.add(mean.require("mean", rows));
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
    ElementPointer in = k.input("x", x, vector);
    ElementPointer weights = k.input("weight", weight, vector);
    ElementPointer biases = biased ? k.input("bias", weight, vector) : null;
    ElementPointer out = k.output("y", y, vector);
    GlobalPointer mean = k.pointer("mean", Float.BYTES);
    GlobalPointer rstd = k.pointer("rstd", Float.BYTES);
    B32 rows = k.size("rows");
    B32 yStride = k.size("yStride");
    F32 epsilon = k.number("epsilon");
    F32 offset = k.number("weightOffset");

    B32 row = shape.row(k);
    k.exitIf(k.ge(row, rows));
    List<Pred> inside = shape.inside(k);
    List<List<F32>> values = shape.load(k, k.at(in, row, width), inside);
    F32 sum = k.constant(0f);
    for (List<F32> part : values) {
      for (F32 v : part) {
        sum = k.add(sum, v);
      }
    }
    F32 mu = k.mul(shape.sums(k, sum).getFirst(), 1f / width);
    List<List<F32>> centred = new ArrayList<>();
    F32 squares = k.constant(0f);
    for (int j = 0; j < shape.vectors(); j++) {
      Pred within = inside.get(j);
      // Beyond the row there is 0, not μ.
      List<F32> part =
          Vectors.map(
              values.get(j),
              v -> within == null ? k.sub(v, mu) : k.select(within, k.sub(v, mu), 0f));
      centred.add(part);
      for (F32 c : part) {
        squares = k.fma(c, c, squares);
      }
    }
    F32 variance = k.mul(shape.sums(k, squares).getFirst(), 1f / width);
    F32 r = k.reciprocal(k.sqrt(k.add(variance, epsilon)));
    List<List<F32>> w = shape.load(k, weights, inside);
    List<List<F32>> b = biased ? shape.load(k, biases, inside) : null;
    shape.forEach(
        k,
        k.atRow(out, row, yStride, vector),
        (j, to) -> {
          List<F32> scaled =
              Vectors.zip(
                  centred.get(j),
                  w.get(j),
                  (c, weight) -> k.mul(k.mul(c, r), k.add(weight, offset)));
          k.storeIf(inside.get(j), to, b == null ? scaled : Vectors.zip(scaled, b.get(j), k::add));
        });
    Pred first = k.eq(shape.thread(k), 0);
    k.storeIf(first, k.at(mean, row, Float.BYTES), mu);
    k.storeIf(first, k.at(rstd, row, Float.BYTES), r);
  }
}
