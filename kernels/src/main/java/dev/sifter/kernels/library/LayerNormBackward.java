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
 * With n = (x − μ)ρ and g = dy · (w + offset): dx (+)= ρ · (g − mean(g) − n · mean(g · n)), dw +=
 * Σ_t dy · n, db += Σ_t dy.
 *
 * <pre>
 * for (row = blockIdx.x * 4 + warp; row &lt; rows; row += gridDim.x * 4)   // wide rows: a block each
 *   n[j] = (x[row][j] - mean[row]) * rstd[row];  g[j] = dy[row][j] * (w[j] + offset)
 *   a = warpSum(sum_j g[j]) / H;  b = warpSum(sum_j g[j]*n[j]) / H
 *   dx[row][j] = (accumulate ? dx[row][j] : 0) + rstd[row] * (g[j] - a - n[j]*b)
 *   dwPart[j] += dy[row][j] * n[j];  dbPart[j] += dy[row][j]
 * partials[blockIdx.x][j] = sums over warps of parts          // PartialRows; summed into dw, db
 * </pre>
 *
 * <p>The number of blocks depends on the number of rows only, hence the order of the sums too.
 * Least bytes: dy and x read, dx written (read too if accumulated). 10 FLOPs an element, 3 more for
 * dw and db, 1 more if accumulated.
 *
 * @param width H
 * @param dy type of the output's gradient
 * @param x type of the input
 * @param weight type of w
 * @param dx type of the input's gradient
 * @param accumulate whether dx is added to
 * @param weightGradient whether dw and db are wanted
 * @param vector elements of an access
 */
public record LayerNormBackward(
    int width,
    ElementType dy,
    ElementType x,
    ElementType weight,
    ElementType dx,
    boolean accumulate,
    boolean weightGradient,
    int vector)
    implements Kernel {

  /** Fp32 elements that {@link #launches} needs where dw and db are wanted. */
  public static long scratchElements(int rows, int width) {
    return 2 * RmsNormBackward.scratchElements(rows, width);
  }

  /**
   * What to launch for {@code rows} rows.
   *
   * @param dy [rows, width]
   * @param x [rows, width]
   * @param weight [width]
   * @param weightOffset added to w
   * @param mean fp32 [rows], from the forward
   * @param rstd fp32 [rows], from the forward
   * @param dx [rows, width]
   * @param dWeight fp32 [width], added to; null where frozen
   * @param dBias fp32 [width], added to; null where frozen or absent
   * @param scratch fp32 of {@link #scratchElements}; null where both are null
   */
  public static List<Launch> launches(
      Array dy,
      Array x,
      Array weight,
      float weightOffset,
      Array mean,
      Array rstd,
      boolean accumulate,
      Array dx,
      Array dWeight,
      Array dBias,
      Array scratch,
      int rows,
      int width) {
    if (rows == 0) {
      return List.of();
    }
    long elements = (long) rows * width;
    boolean gradients = dWeight != null || dBias != null;
    LayerNormBackward kernel =
        new LayerNormBackward(
            width,
            dy.type(),
            x.type(),
            weight.type(),
            dx.type(),
            accumulate,
            gradients,
            Vectors.ofRows(new long[] {width}, dy, x, weight, dx));
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                dy.require("dy", elements),
                x.require("x", elements),
                weight.require("weight", width),
                mean.require("mean", rows),
                rstd.require("rstd", rows),
                dx.require("dx", elements),
                rows,
                weightOffset));
    if (!gradients) {
      return List.of(new Launch(kernel, kernel.shape().grid(rows), arguments));
    }
    long half = scratchElements(rows, width) / 2 * Float.BYTES;
    PartialRows ofWeight = new PartialRows(rows, width, scratch.part(0, half));
    PartialRows ofBias = new PartialRows(rows, width, scratch.part(half, half));
    arguments.add(ofWeight.rows().slice());
    arguments.add(ofBias.rows().slice());
    List<Launch> launches = new ArrayList<>();
    launches.add(new Launch(kernel, ofWeight.grid(), arguments));
    launches.addAll(dWeight == null ? List.of() : ofWeight.sumInto(dWeight));
    launches.addAll(dBias == null ? List.of() : ofBias.sumInto(dBias));
    return launches;
  }

  private RowBlocks shape() {
    return new RowBlocks(width, vector);
  }

  @Override
  public int threadsPerBlock() {
    return shape().threadsPerBlock();
  }

  /** 12 warps, whose loads of a row are enough to keep memory busy. */
  @Override
  public int blocksPerMultiprocessor() {
    return weightGradient && shape().warpPerRow() ? 3 : 1;
  }

  @Override
  public void emit(PtxAssembler k) {
    RowBlocks shape = shape();
    ElementPointer gradient = k.input("dy", dy, vector);
    ElementPointer in = k.input("x", x, vector);
    ElementPointer weights = k.input("weight", weight, vector);
    GlobalPointer mean = k.pointer("mean", Float.BYTES);
    GlobalPointer rstd = k.pointer("rstd", Float.BYTES);
    ElementPointer result = k.output("dx", dx, vector);
    B32 rows = k.size("rows");
    F32 offset = k.number("weightOffset");
    List<Pred> inside = shape.inside(k);
    List<List<F32>> w =
        shape.load(k, weights, inside).stream()
            .map(part -> Vectors.map(part, v -> k.add(v, offset)))
            .toList();
    Row body = new Row(k, shape, inside, w, gradient, in, mean, rstd, result);
    if (!weightGradient) {
      B32 row = shape.row(k);
      k.exitIf(k.ge(row, rows));
      backward(body, row, null, null);
      return;
    }
    int narrow = Math.min(vector, 4);
    ElementPointer weightPartial = k.output("weightPartial", ElementType.F32, narrow);
    ElementPointer biasPartial = k.output("biasPartial", ElementType.F32, narrow);
    List<List<F32>> dw = zeros(k, shape);
    List<List<F32>> db = zeros(k, shape);
    k.forRange(
        shape.row(k),
        rows,
        k.mul(k.gridX(), shape.rowsPerBlock()),
        row -> backward(body, row, dw, db));
    PartialRows.store(k, shape, inside, weightPartial, dw);
    PartialRows.store(k, shape, inside, biasPartial, db);
  }

  private List<List<F32>> zeros(PtxAssembler k, RowBlocks shape) {
    return IntStream.range(0, shape.vectors()).mapToObj(j -> PartialRows.zeros(k, vector)).toList();
  }

  /** What all rows share; w has its offset. */
  private record Row(
      PtxAssembler k,
      RowBlocks shape,
      List<Pred> inside,
      List<List<F32>> weight,
      ElementPointer dy,
      ElementPointer x,
      GlobalPointer mean,
      GlobalPointer rstd,
      ElementPointer dx) {}

  private void backward(Row body, B32 row, List<List<F32>> dw, List<List<F32>> db) {
    PtxAssembler k = body.k;
    RowBlocks shape = body.shape;
    List<List<F32>> dOut = shape.load(k, k.at(body.dy, row, width), body.inside);
    List<List<F32>> x = shape.load(k, k.at(body.x, row, width), body.inside);
    // All loads of a row are asked for before the first is waited for.
    List<List<F32>> before =
        accumulate ? shape.load(k, k.at(body.dx, row, width), body.inside) : null;
    F32 mu = k.loadFloatReadOnly(k.at(body.mean, row, Float.BYTES));
    F32 r = k.loadFloatReadOnly(k.at(body.rstd, row, Float.BYTES));
    List<List<F32>> n = new ArrayList<>();
    List<List<F32>> g = new ArrayList<>();
    F32 sum = k.constant(0f);
    F32 dot = k.constant(0f);
    for (int j = 0; j < shape.vectors(); j++) {
      n.add(Vectors.map(x.get(j), v -> k.mul(k.sub(v, mu), r)));
      g.add(Vectors.zip(dOut.get(j), body.weight.get(j), k::mul));
      for (int i = 0; i < vector; i++) {
        sum = k.add(sum, g.get(j).get(i));
        dot = k.fma(g.get(j).get(i), n.get(j).get(i), dot);
        if (dw != null) {
          F32 dwSum = dw.get(j).get(i);
          F32 dbSum = db.get(j).get(i);
          k.assign(dwSum, k.fma(dOut.get(j).get(i), n.get(j).get(i), dwSum));
          k.assign(dbSum, k.add(dbSum, dOut.get(j).get(i)));
        }
      }
    }
    List<F32> sums = shape.sums(k, sum, dot);
    F32 a = k.mul(sums.get(0), 1f / width);
    F32 b = k.neg(k.mul(sums.get(1), 1f / width));
    shape.forEach(
        k,
        k.at(body.dx, row, width),
        (j, to) -> {
          List<F32> change =
              Vectors.zip(g.get(j), n.get(j), (gi, ni) -> k.mul(r, k.fma(ni, b, k.sub(gi, a))));
          k.storeIf(
              body.inside.get(j),
              to,
              accumulate ? Vectors.zip(before.get(j), change, k::add) : change);
        });
  }
}
