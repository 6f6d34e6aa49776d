package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.tensor.Tensor;

/** AdamW in PyTorch's order of operations. */
final class ReferenceOptimizer implements OptimizerKernels {
  @Override
  public void adamW(
      AdamWStep step, Tensor gradient, Tensor parameter, Tensor moment1, Tensor moment2) {
    Checks.same("adamW", parameter, gradient, moment1, moment2);
    Elements g = new Elements(gradient);
    Elements p = new Elements(parameter);
    Elements m = new Elements(moment1);
    Elements v = new Elements(moment2);
    double correction1 = 1 - Math.pow(step.beta1(), step.step());
    double correction2 = Math.sqrt(1 - Math.pow(step.beta2(), step.step()));
    double rate = step.learningRate() / correction1;
    for (long i = 0; i < p.count(); i++) {
      double grad = g.get(i) * step.gradientScale();
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
