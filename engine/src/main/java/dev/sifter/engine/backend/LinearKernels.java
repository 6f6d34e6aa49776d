package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/** Matrix products. All matrices are row-major; products accumulate in fp32 or better. */
public interface LinearKernels {

  /**
   * C = α · op(A) · op(B) + β · C, where op transposes if its flag says so.
   *
   * <p>2·m·n·k FLOPs; least bytes: A, B and C once (C twice if β ≠ 0).
   *
   * @param a [m, k], or [k, m] if {@code transposeA}; a floating type
   * @param b [k, n], or [n, k] if {@code transposeB}; a floating type, may differ from A's
   * @param beta 0 ignores what C held, even NaN
   * @param c [m, n]
   */
  void matmul(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      float alpha,
      float beta,
      Tensor c);

  /** y[t, n] += bias[n]. */
  void addBias(Tensor y, Tensor bias);

  /** dBias[n] (+)= Σ_t dy[t, n]. */
  void biasBackward(Tensor dy, boolean accumulate, Tensor dBias);
}
