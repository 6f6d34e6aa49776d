package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/**
 * Clipping by the norm over all gradients, as {@code torch.nn.utils.clip_grad_norm_}: g ← g ·
 * min(1, max / (‖g‖ + 1e-6)). The factor is handed to the optimizer, which applies it on the way.
 *
 * @param norm ‖g‖₂ over all trained parameters, before clipping
 * @param coefficient the factor of every gradient
 */
public record GradientClipping(double norm, double coefficient) {
  private static final double EPSILON = 1e-6;

  /**
   * Measures gradients.
   *
   * @param parameters those that are trained; one without a gradient counts as zeros
   * @param maxGradNorm the largest norm that passes; 0 clips nothing
   */
  public static GradientClipping measure(
      Backend backend, List<Parameter> parameters, double maxGradNorm) {
    if (!(maxGradNorm >= 0)) {
      throw new IllegalArgumentException(
          "max_grad_norm is %s; it must be 0 (no clipping) or more".formatted(maxGradNorm));
    }
    List<Tensor> gradients =
        parameters.stream()
            .filter(parameter -> !parameter.gradientIsZero())
            .map(Parameter::gradientTensor)
            .toList();
    double squares = 0;
    for (double square : backend.optimizer().squaredNorms(gradients)) {
      squares += square;
    }
    double norm = Math.sqrt(squares);
    double coefficient = maxGradNorm == 0 ? 1 : Math.min(1, maxGradNorm / (norm + EPSILON));
    return new GradientClipping(norm, coefficient);
  }

  /** Whether every gradient is a number; if not, a step would destroy the weights. */
  public boolean isFinite() {
    return Double.isFinite(norm);
  }

  /** Names of the parameters whose gradient has an infinity or a NaN, for the message. */
  public static List<String> notFinite(Backend backend, List<Parameter> parameters) {
    return parameters.stream()
        .filter(parameter -> !parameter.gradientIsZero())
        .filter(
            parameter ->
                !Double.isFinite(backend.optimizer().squaredNorm(parameter.gradientTensor())))
        .map(Parameter::name)
        .toList();
  }
}
