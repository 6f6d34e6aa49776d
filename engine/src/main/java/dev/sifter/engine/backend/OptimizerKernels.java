package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Parameter updates and norms of gradients. */
public interface OptimizerKernels {

  /**
   * Updates parameters and their moments in place, with every gradient times the scale's
   * coefficient. If the gradients' norm is not finite, nothing is changed.
   */
  void adamW(List<AdamWUpdate> updates, GradientScale scale);

  /**
   * Σ x², accumulated in double over a fixed tree that does not depend on the number of threads;
   * not finite if any element is not. A dry run gives 0.
   */
  double squaredNorm(Tensor x);

  /**
   * Measures gradients, to clip them. A device need not have done so when this returns, and what it
   * returns can be asked until the next ones are measured.
   *
   * @param maxNorm the largest norm that passes; 0 clips nothing
   */
  default GradientScale measure(List<Tensor> gradients, double maxNorm) {
    double squares = 0;
    for (Tensor gradient : gradients) {
      squares += squaredNorm(gradient);
    }
    return GradientScale.Known.clipping(Math.sqrt(squares), maxNorm);
  }
}
