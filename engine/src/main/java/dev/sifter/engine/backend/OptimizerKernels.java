package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Parameter updates and norms of gradients. */
public interface OptimizerKernels {

  /** Updates a parameter and its two moments in place; all have the same number of elements. */
  void adamW(AdamWStep step, Tensor gradient, Tensor parameter, Tensor moment1, Tensor moment2);

  /**
   * Σ x², accumulated in double over a fixed tree that does not depend on the number of threads;
   * not finite if any element is not. A dry run gives 0.
   */
  double squaredNorm(Tensor x);

  /** {@link #squaredNorm} of each tensor; a device is waited for once, not once a tensor. */
  default double[] squaredNorms(List<Tensor> tensors) {
    return tensors.stream().mapToDouble(this::squaredNorm).toArray();
  }
}
