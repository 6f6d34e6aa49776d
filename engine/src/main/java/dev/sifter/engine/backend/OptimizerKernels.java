package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/** Parameter updates and norms of gradients. */
public interface OptimizerKernels {

  /** Updates a parameter and its two moments in place; all have the same number of elements. */
  void adamW(AdamWStep step, Tensor gradient, Tensor parameter, Tensor moment1, Tensor moment2);

  /**
   * Σ x², accumulated in double over a fixed tree that does not depend on the number of threads;
   * not finite if any element is not. A dry run gives 0.
   */
  double squaredNorm(Tensor x);
}
