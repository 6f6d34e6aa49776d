package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/**
 * Matrix products, and sums and factors by row or column. All matrices are row-major; products
 * accumulate in fp32 or better.
 */
public interface LinearKernels {

  /**
   * C = α · op(A) · op(B) + β · C, where op transposes if its flag says so.
   *
   * <p>Where C and one factor are of one 16-bit type, a factor in fp32 is rounded to it, as
   * autocast does; otherwise factors of two types are multiplied as they are.
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

  /**
   * The product with a matrix and a change of it that is never formed: z = zScale · x·op(U), then y
   * = x·op(W) + scale · z·op(V) + β · y.
   *
   * <p>Three products, unless a backend can do them with one reading of x and one writing of y.
   *
   * @param x [m, in]
   * @param w [in, out], or [out, in] if {@code transposeW}
   * @param z [m, r]
   * @param y [m, out]
   */
  default void adaptedMatmul(
      Tensor x,
      Tensor w,
      boolean transposeW,
      LowRankChange change,
      float beta,
      Tensor z,
      Tensor y) {
    matmul(x, false, w, transposeW, 1, beta, y);
    addChange(x, change, z, y);
  }

  /** z = zScale · x·op(U), then y += scale · z·op(V). */
  default void addChange(Tensor x, LowRankChange change, Tensor z, Tensor y) {
    matmul(x, false, change.u(), change.transposeU(), change.zScale(), 0, z);
    matmul(z, false, change.v(), change.transposeV(), change.scale(), 1, y);
  }

  /**
   * C = α · A · Wᵀ + β · C for a few rows of A and a W that stays in its 4 bits, if there is a
   * kernel for it. Elements of W are what unpacking gives, and are rounded and summed as by {@link
   * #matmul}.
   *
   * <p>Least bytes: W's codes and scales, A and C once; no memory for W unpacked.
   *
   * @param a [m, w.width]
   * @param c [m, w.rows]
   * @return whether C was computed; if not, nothing was touched, and W must be unpacked
   */
  default boolean matmulPacked(Tensor a, PackedMatrix w, float alpha, float beta, Tensor c) {
    return false;
  }

  /** y[t, n] += bias[n]. */
  void addBias(Tensor y, Tensor bias);

  /** dBias[n] (+)= Σ_t dy[t, n]. */
  void biasBackward(Tensor dy, boolean accumulate, Tensor dBias);

  /**
   * y[t, n] (+)= x[t, n] · factors[n].
   *
   * @param accumulate whether y is added to
   * @param y the shape of x; may be x itself unless {@code accumulate}
   */
  void scaleColumns(Tensor x, Tensor factors, boolean accumulate, Tensor y);

  /** sums[n] (+)= Σ_t a[t, n] · b[t, n]; a and b may be of a narrower type than the sums. */
  void columnDots(Tensor a, Tensor b, boolean accumulate, Tensor sums);

  /** sums[t] (+)= Σ_n a[t, n] · b[t, n]; a and b may be of a narrower type than the sums. */
  void rowDots(Tensor a, Tensor b, boolean accumulate, Tensor sums);
}
