package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.tensor.Tensor;

/**
 * A low-rank change of a matrix: W + s·B·A (Hu et al. 2021).
 *
 * @param a [r, in]
 * @param b [out, r]
 * @param bias of B, [out]; or null
 * @param scale s = α/r, or α/√r with rank-stabilised LoRA
 * @param dropout probability of dropping an element of the adapter's input, in training
 * @param dora direction and magnitude apart; or null
 */
public record LoraAdapter(
    Variable a, Variable b, Variable bias, float scale, float dropout, Dora dora) {

  /**
   * Weight-decomposed adaptation (Liu et al. 2024): each row of W + s·B·A is brought to a trained
   * length.
   *
   * @param magnitude m [out]
   * @param squaredNorms ‖W‖² of each row [out], which the frozen W keeps
   */
  public record Dora(Variable magnitude, Tensor squaredNorms) {}

  /** An adapter without bias and magnitude. */
  public LoraAdapter(Variable a, Variable b, float scale, float dropout) {
    this(a, b, null, scale, dropout, null);
  }

  /** What it adds to x·Wᵀ. */
  LowRankChange change() {
    return new LowRankChange(a.value(), true, 1, b.value(), true, scale);
  }

  /** r. */
  int rank() {
    return a.value().rows();
  }

  /** The variable m, or null. */
  Variable magnitude() {
    return dora == null ? null : dora.magnitude;
  }
}
