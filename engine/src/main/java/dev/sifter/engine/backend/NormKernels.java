package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/** Normalisation of rows [T, H]. Statistics are fp32 (fp64 on fp64 tensors), one per row. */
public interface NormKernels {

  /**
   * ρ = 1/√(mean(x²) + ε), y = x · ρ · (w + offset).
   *
   * @param weightOffset 0, or 1 for families that store w − 1 (Gemma)
   * @param y [T, H]
   * @param rstd [T] receives ρ
   */
  void rmsNorm(Tensor x, Tensor weight, float epsilon, float weightOffset, Tensor y, Tensor rstd);

  /**
   * With g = dy · (w + offset): dx (+)= ρ · (g − x · ρ² · mean(g · x)), dw += Σ_t dy · x · ρ.
   *
   * @param accumulate whether dx is added to
   * @param dWeight [H], always added to; null where the weight is frozen
   */
  void rmsNormBackward(
      Tensor dy,
      Tensor x,
      Tensor weight,
      float weightOffset,
      Tensor rstd,
      boolean accumulate,
      Tensor dx,
      Tensor dWeight);

  /**
   * μ = mean(x), ρ = 1/√(mean((x − μ)²) + ε), y = (x − μ) · ρ · (w + offset) + b.
   *
   * @param bias [H], or null
   * @param mean [T] receives μ
   * @param rstd [T] receives ρ
   */
  void layerNorm(
      Tensor x,
      Tensor weight,
      Tensor bias,
      float epsilon,
      float weightOffset,
      Tensor y,
      Tensor mean,
      Tensor rstd);

  /**
   * With n = (x − μ)ρ and g = dy · (w + offset): dx (+)= ρ · (g − mean(g) − n · mean(g · n)), dw +=
   * Σ_t dy · n, db += Σ_t dy.
   *
   * @param accumulate whether dx is added to
   * @param dWeight [H], always added to; null where frozen
   * @param dBias [H], always added to; null where frozen or absent
   */
  void layerNormBackward(
      Tensor dy,
      Tensor x,
      Tensor weight,
      float weightOffset,
      Tensor mean,
      Tensor rstd,
      boolean accumulate,
      Tensor dx,
      Tensor dWeight,
      Tensor dBias);
}
