package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.AdamWUpdate;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** AdamW in PyTorch's order of operations. */
final class ReferenceOptimizer implements OptimizerKernels {
  @Override
  public void adamW(List<AdamWUpdate> updates, GradientScale scale) {
    if (scale.isFinite()) {
      updates.forEach(update -> adamW(update, scale.coefficient()));
    }
  }

  private static void adamW(AdamWUpdate update, double gradientScale) {
    AdamWStep step = update.step();
    Checks.same("adamW", update.parameter(), update.gradient(), update.moment1(), update.moment2());
    Elements g = new Elements(update.gradient());
    Elements p = new Elements(update.parameter());
    Elements m = new Elements(update.moment1());
    Elements v = new Elements(update.moment2());
    double correction1 = 1 - Math.pow(step.beta1(), step.step());
    double correction2 = Math.sqrt(1 - Math.pow(step.beta2(), step.step()));
    double rate = step.learningRate() / correction1;
    for (long i = 0; i < p.count(); i++) {
      double grad = g.get(i) * gradientScale;
      double decayed = p.get(i) * (1 - step.learningRate() * step.weightDecay());
      double first = m.get(i) + (1 - step.beta1()) * (grad - m.get(i));
      double second = step.beta2() * v.get(i) + (1 - step.beta2()) * grad * grad;
      m.set(i, first);
      v.set(i, second);
      p.set(i, decayed - rate * first / (Math.sqrt(second) / correction2 + step.epsilon()));
    }
  }

  @Override
  public double squaredNorm(Tensor x) {
    Elements elements = new Elements(x);
    double sum = 0;
    for (long i = 0; i < elements.count(); i++) {
      sum += elements.get(i) * elements.get(i);
    }
    return sum;
  }
}
