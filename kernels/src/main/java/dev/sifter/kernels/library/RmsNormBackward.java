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
import java.util.stream.IntStream;

/**
 * With g = dy · (w + offset): dx (+)= ρ · (g − x · ρ² · mean(g · x)), dw += Σ_t dy · x · ρ.
 *
 * <pre>
 * for (row = blockIdx.x * 4 + warp; row &lt; rows; row += gridDim.x * 4)   // wide rows: a block each
 *   g[j] = dy[row][j] * (w[j] + offset)
 *   pull = r*r * warpSum(sum_j g[j] * x[row][j]) / H
 *   dx[row][j] = (accumulate ? dx[row][j] : 0) + r * (g[j] - x[row][j] * pull)
 *   part[j] += dy[row][j] * x[row][j] * r                     // columns j of this lane
 * partial[blockIdx.x][j] = sum over warps of part[j]          // PartialRows; summed into dw
 * </pre>
 *
 * <p>The number of blocks depends on the number of rows only, hence the order of dw's sum too.
 * Least bytes: dy and x read, dx written (read too if accumulated). 6 FLOPs an element, 3 more for
 * dw, 1 more if accumulated.
 *
 * @param width H
 * @param dy type of the output's gradient
 * @param x type of the input
 * @param weight type of w
 * @param dx type of the input's gradient
 * @param accumulate whether dx is added to
 * @param weightGradient whether dw is wanted
 * @param vector elements of an access
 */
public record RmsNormBackward(
    int width,
    ElementType dy,
    ElementType x,
    ElementType weight,
    ElementType dx,
    boolean accumulate,
    boolean weightGradient,
    int vector)
    implements Kernel {

  /** Fp32 elements that {@link #launches} needs where dw is wanted. */
  public static long scratchElements(int rows, int width) {
    int partials = PartialRows.count(rows, width);
    return (long) partials * width + ColumnSum.scratchElements(partials, width);
  }

  /**
   * What to launch for {@code rows} rows.
   *
   * @param dy [rows, width]
   * @param x [rows, width]
   * @param weight [width]
   * @param rstd fp32 [rows], from the forward
   * @param dx [rows, dxStride]
   * @param dxStride elements from one row of dx to the next
   * @param dWeight fp32 [width], added to; null where the weight is frozen
   * @param scratch fp32 of {@link #scratchElements}; null without {@code dWeight}
   */
  public static List<Launch> launches(
      Array dy,
      Array x,
      Array weight,
      float weightOffset,
      Array rstd,
      boolean accumulate,
      Array dx,
      int dxStride,
      Array dWeight,
      Array scratch,
      int rows,
      int width) {
    if (rows == 0) {
      return List.of();
    }
    Strides.require("dx", dxStride, width);
    long elements = (long) rows * width;
    RmsNormBackward kernel =
        new RmsNormBackward(
            width,
            dy.type(),
            x.type(),
            weight.type(),
            dx.type(),
            accumulate,
            dWeight != null,
            Vectors.ofRows(new long[] {width, dxStride}, dy, x, weight, dx));
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                dy.require("dy", elements),
                x.require("x", elements),
                weight.require("weight", width),
                rstd.require("rstd", rows),
                dx.require("dx", Strides.elements(rows, dxStride, width)),
                rows,
                dxStride,
                weightOffset));
    if (dWeight == null) {
      return List.of(new Launch(kernel, kernel.shape().grid(rows), arguments));
    }
    PartialRows partials = new PartialRows(rows, width, scratch);
    arguments.add(partials.rows().slice());
    List<Launch> launches = new ArrayList<>();
    launches.add(new Launch(kernel, partials.grid(), arguments));
    launches.addAll(partials.sumInto(dWeight));
    return launches;
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
    ElementPointer gradient = k.input("dy", dy, vector);
    ElementPointer in = k.input("x", x, vector);
    ElementPointer weights = k.input("weight", weight, vector);
    GlobalPointer rstd = k.pointer("rstd", Float.BYTES);
    ElementPointer result = k.output("dx", dx, vector);
    B32 rows = k.size("rows");
    B32 dxStride = k.size("dxStride");
    F32 offset = k.number("weightOffset");
    List<Pred> inside = shape.inside(k);
    List<List<F32>> w =
        shape.load(k, weights, inside).stream()
            .map(part -> Vectors.map(part, v -> k.add(v, offset)))
            .toList();
    Row body = new Row(k, shape, inside, w, gradient, in, rstd, result, dxStride);
    if (!weightGradient) {
      B32 row = shape.row(k);
      k.exitIf(k.ge(row, rows));
      backward(body, row, null);
      return;
    }
    ElementPointer partial = k.output("partial", ElementType.F32, Math.min(vector, 4));
    List<List<F32>> sums =
        IntStream.range(0, shape.vectors()).mapToObj(j -> PartialRows.zeros(k, vector)).toList();
    k.forRange(
        shape.row(k),
        rows,
        k.mul(k.gridX(), shape.rowsPerBlock()),
        row -> backward(body, row, sums));
    PartialRows.store(k, shape, inside, partial, sums);
  }

  /** What all rows share; w has its offset. */
  private record Row(
      PtxAssembler k,
      RowBlocks shape,
      List<Pred> inside,
      List<List<F32>> weight,
      ElementPointer dy,
      ElementPointer x,
      GlobalPointer rstd,
      ElementPointer dx,
      B32 dxStride) {}

  private void backward(Row body, B32 row, List<List<F32>> sums) {
    PtxAssembler k = body.k;
    RowBlocks shape = body.shape;
    List<List<F32>> dOut = shape.load(k, k.at(body.dy, row, width), body.inside);
    List<List<F32>> values = shape.load(k, k.at(body.x, row, width), body.inside);
    F32 r = k.loadFloatReadOnly(k.at(body.rstd, row, Float.BYTES));
    List<List<F32>> g = new ArrayList<>();
    F32 dot = k.constant(0f);
    for (int j = 0; j < shape.vectors(); j++) {
      g.add(Vectors.zip(dOut.get(j), body.weight.get(j), k::mul));
      for (int i = 0; i < vector; i++) {
        dot = k.fma(g.get(j).get(i), values.get(j).get(i), dot);
        if (sums != null) {
          F32 sum = sums.get(j).get(i);
          F32 normalised = k.mul(values.get(j).get(i), r);
          k.assign(sum, k.fma(dOut.get(j).get(i), normalised, sum));
        }
      }
    }
    F32 mean = k.mul(shape.sums(k, dot).getFirst(), 1f / width);
    F32 pull = k.neg(k.mul(k.mul(r, r), mean));
    shape.forEach(
        k,
        k.atRow(body.dx, row, body.dxStride, vector),
        (j, to) -> {
          List<F32> change =
              Vectors.zip(g.get(j), values.get(j), (a, v) -> k.mul(r, k.fma(v, pull, a)));
          Pred within = body.inside.get(j);
          k.storeIf(
              within,
              to,
              accumulate ? Vectors.zip(k.loadIf(within, to, vector), change, k::add) : change);
        });
  }
}
