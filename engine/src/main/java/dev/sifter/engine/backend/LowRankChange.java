package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/**
 * A matrix of low rank as two factors: it takes x to z = zScale · x·op(U), and z to scale ·
 * z·op(V). An op transposes if its flag says so.
 *
 * @param u [in, r], or [r, in] if {@code transposeU}
 * @param v [r, out], or [out, r] if {@code transposeV}
 */
public record LowRankChange(
    Tensor u, boolean transposeU, float zScale, Tensor v, boolean transposeV, float scale) {

  /** r. */
  public int rank() {
    return transposeU ? u.rows() : u.width();
  }
}
