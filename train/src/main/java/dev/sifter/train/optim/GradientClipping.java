package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Clipping by the norm over all gradients, as {@code torch.nn.utils.clip_grad_norm_}. The factor is
 * handed to the optimizer, which applies it on the way.
 */
public final class GradientClipping {
  private GradientClipping() {}

  /**
   * Measures gradients.
   *
   * @param parameters those that are trained; one without a gradient counts as zeros
   * @param maxGradNorm the largest norm that passes; 0 clips nothing
   */
  public static GradientScale measure(
      Backend backend, List<Parameter> parameters, double maxGradNorm) {
    return scale(backend, gradients(parameters), maxGradNorm);
  }

  /**
   * As the other, and not finite either where {@code guard} is not.
   *
   * @param guard 0 or not a number, in whatever shape
   */
  public static GradientScale measure(
      Backend backend, List<Parameter> parameters, Tensor guard, double maxGradNorm) {
    List<Tensor> all = new ArrayList<>(gradients(parameters));
    all.add(guard);
    return scale(backend, all, maxGradNorm);
  }

  private static List<Tensor> gradients(List<Parameter> parameters) {
    return parameters.stream()
        .filter(parameter -> !parameter.gradientIsZero())
        .map(Parameter::gradientTensor)
        .toList();
  }

  private static GradientScale scale(Backend backend, List<Tensor> gradients, double maxGradNorm) {
    if (!(maxGradNorm >= 0)) {
      throw new IllegalArgumentException(
          "max_grad_norm is %s; it must be 0 (no clipping) or more".formatted(maxGradNorm));
    }
    return backend.optimizer().measure(gradients, maxGradNorm);
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
