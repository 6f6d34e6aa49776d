package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.NormKernels;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.LayerNorm;
import dev.sifter.kernels.library.LayerNormBackward;
import dev.sifter.kernels.library.RmsNorm;
import dev.sifter.kernels.library.RmsNormBackward;

/** RMSNorm and LayerNorm. */
final class GpuNorm implements NormKernels {
  private final GpuContext context;

  GpuNorm(GpuContext context) {
    this.context = context;
  }

  @Override
  public void rmsNorm(
      Tensor x, Tensor weight, float epsilon, float weightOffset, Tensor y, Tensor rstd) {
    Checks.floats("x", x);
    Checks.floats("weight", weight, x.width());
    Checks.floats("y", y, x.elements());
    Checks.f32("rstd", rstd, x.rows());
    context.run(
        RmsNorm.launches(
            context.array(x),
            null,
            context.array(weight),
            epsilon,
            weightOffset,
            context.rows(y),
            y.rowStride(),
            context.array(rstd),
            x.rows(),
            x.width()));
  }

  @Override
  public void rmsNormBackward(
      Tensor dy,
      Tensor x,
      Tensor weight,
      float weightOffset,
      Tensor rstd,
      boolean accumulate,
      Tensor dx,
      Tensor dWeight) {
    checkBackward(dy, x, weight, rstd, dx);
    checkGradient("dWeight", dWeight, x.width());
    long scratchElements =
        dWeight == null ? 0 : RmsNormBackward.scratchElements(x.rows(), x.width());
    context.run(
        scratchElements,
        scratch ->
            RmsNormBackward.launches(
                context.array(dy),
                context.array(x),
                context.array(weight),
                weightOffset,
                context.array(rstd),
                accumulate,
                context.rows(dx),
                dx.rowStride(),
                context.arrayOrNull(dWeight),
                scratch,
                x.rows(),
                x.width()));
  }

  @Override
  public void layerNorm(
      Tensor x,
      Tensor weight,
      Tensor bias,
      float epsilon,
      float weightOffset,
      Tensor y,
      Tensor mean,
      Tensor rstd) {
    Checks.floats("x", x);
    Checks.floats("weight", weight, x.width());
    if (bias != null) {
      Checks.floats("bias", bias, x.width());
    }
    Checks.floats("y", y, x.elements());
    Checks.f32("mean", mean, x.rows());
    Checks.f32("rstd", rstd, x.rows());
    context.run(
        LayerNorm.launches(
            context.array(x),
            context.array(weight),
            context.arrayOrNull(bias),
            epsilon,
            weightOffset,
            context.rows(y),
            y.rowStride(),
            context.array(mean),
            context.array(rstd),
            x.rows(),
            x.width()));
  }

  @Override
  public void layerNormBackward(
      Tensor dy,
      Tensor x,
      Tensor weight,
      float weightOffset,
      Tensor mean,
      Tensor rstd,
      boolean accumulate,
      Tensor dx,
      Tensor dWeight,
      Tensor dBias) {
    checkBackward(dy, x, weight, rstd, dx);
    Checks.f32("mean", mean, x.rows());
    checkGradient("dWeight", dWeight, x.width());
    checkGradient("dBias", dBias, x.width());
    boolean summed = dWeight != null || dBias != null;
    context.run(
        summed ? LayerNormBackward.scratchElements(x.rows(), x.width()) : 0,
        scratch ->
            LayerNormBackward.launches(
                context.array(dy),
                context.array(x),
                context.array(weight),
                weightOffset,
                context.array(mean),
                context.array(rstd),
                accumulate,
                context.array(dx),
                context.arrayOrNull(dWeight),
                context.arrayOrNull(dBias),
                scratch,
                x.rows(),
                x.width()));
  }

  private static void checkBackward(Tensor dy, Tensor x, Tensor weight, Tensor rstd, Tensor dx) {
    Checks.floats("x", x);
    Checks.floats("dy", dy, x.elements());
    Checks.floats("weight", weight, x.width());
    Checks.f32("rstd", rstd, x.rows());
    Checks.floats("dx", dx, x.elements());
  }

  private static void checkGradient(String name, Tensor gradient, int width) {
    if (gradient != null) {
      Checks.f32(name, gradient, width);
    }
  }
}
