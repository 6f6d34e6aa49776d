package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix products by {@link Gemm}; by {@link Gemv} where A has few rows, by {@link ThinProduct}
 * where a sum over rows has few; bias.
 */
final class CpuLinear implements LinearKernels {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int BIAS_SLOT = 2;

  private final CpuContext context;
  private final Gemm gemm;
  private final Gemv gemv;
  private final ThinProduct thin;
  private final Dots dots;

  CpuLinear(CpuContext context) {
    this.context = context;
    gemm = new Gemm(context);
    gemv = new Gemv(context);
    thin = new ThinProduct(context);
    dots = new Dots(context);
  }

  @Override
  public void matmul(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      float alpha,
      float beta,
      Tensor c) {
    Checks.floats("A", a);
    Checks.floats("B", b);
    Checks.f32("C", c);
    int m = transposeA ? a.width() : a.rows();
    int k = transposeA ? a.rows() : a.width();
    int n = transposeB ? b.rows() : b.width();
    Checks.product(a, transposeA, b, transposeB, c);
    if (m == 0 || n == 0) {
      return;
    }
    if (Gemv.suits(m, transposeB) && (!transposeA || m == 1)) {
      gemv.multiply(transposeA ? a.reshape(1, k) : a, b, alpha, beta, c);
    } else if (transposeA && !transposeB && ThinProduct.suits(a, b)) {
      thin.multiply(a, b, alpha, beta, c);
    } else {
      gemm.multiply(a, transposeA, b, transposeB, alpha, beta, c);
    }
  }

  @Override
  public void adaptedMatmul(
      Tensor x,
      Tensor w,
      boolean transposeW,
      LowRankChange change,
      float beta,
      Tensor z,
      Tensor y) {
    if (Gemv.suits(x.rows(), transposeW)) {
      LinearKernels.super.adaptedMatmul(x, w, transposeW, change, beta, z, y);
      return;
    }
    for (Tensor factor : new Tensor[] {x, w, change.u(), change.v()}) {
      Checks.floats("factor", factor);
    }
    Checks.f32("z", z);
    Checks.f32("y", y);
    Checks.product(x, false, w, transposeW, y);
    Checks.product(x, false, change.u(), change.transposeU(), z);
    Checks.product(z, false, change.v(), change.transposeV(), y);
    gemm.multiplyAdapted(x, w, transposeW, change, beta, z, y);
  }

  @Override
  public void addBias(Tensor y, Tensor bias) {
    Checks.f32("y", y);
    Checks.floats("bias", bias);
    int width = y.width();
    Checks.elements("bias", bias, width);
    float[] row = context.shared().floats(BIAS_SLOT, width);
    Numbers.load(bias.dtype(), bias.segment(), 0, row, 0, width);
    MemorySegment target = y.segment();
    context.runRanges(
        y.rows(),
        Grain.rows(width),
        (from, to, worker) -> {
          for (long t = from; t < to; t++) {
            addRow(row, target, 4 * t * width, width);
          }
        });
  }

  private static void addRow(float[] row, MemorySegment target, long offset, int width) {
    int bound = S.loopBound(width);
    for (int i = 0; i < bound; i += S.length()) {
      FloatVector.fromMemorySegment(S, target, offset + 4L * i, ORDER)
          .add(FloatVector.fromArray(S, row, i))
          .intoMemorySegment(target, offset + 4L * i, ORDER);
    }
    for (int i = bound; i < width; i++) {
      float old = target.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * i);
      target.set(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * i, old + row[i]);
    }
  }

  @Override
  public void biasBackward(Tensor dy, boolean accumulate, Tensor dBias) {
    Checks.f32("dy", dy);
    int width = dy.width();
    Checks.f32("dBias", dBias, width);
    RowSums sums = new RowSums(context, dy.rows(), width, 1);
    MemorySegment source = dy.segment();
    sums.run(
        (from, to, worker, partials, at) -> {
          for (long t = from; t < to; t++) {
            RowSums.addRow(source, 4 * t * width, width, partials, at);
          }
        });
    sums.finish(0, accumulate, dBias.segment());
  }

  @Override
  public void scaleColumns(Tensor x, Tensor factors, boolean accumulate, Tensor y) {
    dots.scaleColumns(x, factors, accumulate, y);
  }

  @Override
  public void columnDots(Tensor a, Tensor b, boolean accumulate, Tensor sums) {
    dots.columnDots(a, b, accumulate, sums);
  }

  @Override
  public void rowDots(Tensor a, Tensor b, boolean accumulate, Tensor sums) {
    dots.rowDots(a, b, accumulate, sums);
  }
}
