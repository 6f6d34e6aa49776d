package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.PackedMatrix;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.AddBias;
import dev.sifter.kernels.library.ColumnSum;
import dev.sifter.kernels.library.RowDots;
import dev.sifter.kernels.library.ScaleColumns;

/** Matrix products and biases. */
final class GpuLinear implements LinearKernels {
  private final GpuContext context;
  private final Products products;

  GpuLinear(GpuContext context, Products products) {
    this.context = context;
    this.products = products;
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
    Checks.floats("C", c);
    Checks.product(a, transposeA, b, transposeB, c);
    products.multiply(a, transposeA, b, transposeB, alpha, beta, c);
  }

  @Override
  public boolean matmulPacked(Tensor a, PackedMatrix w, float alpha, float beta, Tensor c) {
    Checks.floats("A", a);
    Checks.floats("C", c);
    Checks.matrix("A", a, c.rows(), w.width());
    Checks.matrix("C", c, c.rows(), w.rows());
    return PackedProduct.multiply(context, a, w, alpha, beta, c);
  }

  @Override
  public void addBias(Tensor y, Tensor bias) {
    Checks.floats("y", y);
    Checks.floats("bias", bias, y.width());
    context.run(AddBias.launches(context.array(y), context.array(bias), y.rows(), y.width()));
  }

  @Override
  public void biasBackward(Tensor dy, boolean accumulate, Tensor dBias) {
    Checks.floats("dy", dy);
    Checks.f32("dBias", dBias, dy.width());
    context.run(
        ColumnSum.scratchElements(dy.rows(), dy.width()),
        scratch ->
            ColumnSum.launches(
                context.array(dy),
                dy.rows(),
                dy.width(),
                accumulate,
                context.array(dBias),
                scratch));
  }

  @Override
  public void scaleColumns(Tensor x, Tensor factors, boolean accumulate, Tensor y) {
    Checks.floats("x", x);
    Checks.floats("y", y);
    Checks.matrix("y", y, x.shape().rows(), x.shape().width());
    Checks.floats("factors", factors, x.width());
    context.run(
        ScaleColumns.launches(
            context.array(x),
            context.array(factors),
            accumulate,
            context.array(y),
            x.rows(),
            x.width()));
  }

  @Override
  public void columnDots(Tensor a, Tensor b, boolean accumulate, Tensor sums) {
    checkFactors(a, b);
    Checks.f32("sums", sums, a.width());
    context.run(
        ColumnSum.scratchElements(a.rows(), a.width()),
        scratch ->
            ColumnSum.launchesOfDots(
                context.array(a),
                context.array(b),
                a.rows(),
                a.width(),
                accumulate,
                context.array(sums),
                scratch));
  }

  @Override
  public void rowDots(Tensor a, Tensor b, boolean accumulate, Tensor sums) {
    checkFactors(a, b);
    Checks.f32("sums", sums, a.shape().rows());
    context.run(
        RowDots.launches(
            context.array(a),
            context.array(b),
            accumulate,
            context.array(sums),
            a.rows(),
            a.width()));
  }

  private static void checkFactors(Tensor a, Tensor b) {
    Checks.floats("a", a);
    Checks.floats("b", b);
    Checks.matrix("b", b, a.shape().rows(), a.shape().width());
  }
}
