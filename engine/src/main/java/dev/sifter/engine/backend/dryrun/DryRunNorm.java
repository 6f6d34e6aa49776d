package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.KernelWork;
import dev.sifter.engine.backend.NormKernels;
import dev.sifter.engine.tensor.Tensor;

/** Counts normalisations. */
record DryRunNorm(WorkLog log) implements NormKernels {
  @Override
  public void rmsNorm(
      Tensor x, Tensor weight, float epsilon, float weightOffset, Tensor y, Tensor rstd) {
    log.add(KernelWork.pointwise(4, x, weight, y, rstd));
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
    log.add(KernelWork.pointwise(dWeight == null ? 7 : 10, dy, x, weight, rstd, dx, dWeight));
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
    log.add(KernelWork.pointwise(7, x, weight, bias, y, mean, rstd));
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
    log.add(
        KernelWork.pointwise(
            dWeight == null ? 10 : 14, dy, x, weight, mean, rstd, dx, dWeight, dBias));
  }
}
