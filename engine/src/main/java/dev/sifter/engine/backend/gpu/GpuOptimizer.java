package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.AdamW;
import dev.sifter.kernels.library.PairSum;

/** AdamW and norms of gradients. */
final class GpuOptimizer implements OptimizerKernels {
  /** Upper and lower part of a sum. */
  private static final int SUM_ELEMENTS = 2;

  private final GpuContext context;

  GpuOptimizer(GpuContext context) {
    this.context = context;
  }

  @Override
  public void adamW(
      AdamWStep step, Tensor gradient, Tensor parameter, Tensor moment1, Tensor moment2) {
    Checks.f32("parameter", parameter);
    Checks.floats("gradient", gradient, parameter.elements());
    Checks.f32("moment1", moment1, parameter.elements());
    Checks.f32("moment2", moment2, parameter.elements());
    AdamW.Factors factors =
        AdamW.Factors.of(
            step.learningRate(),
            step.beta1(),
            step.beta2(),
            step.epsilon(),
            step.weightDecay(),
            step.step(),
            step.gradientScale());
    context.run(
        AdamW.launches(
            factors,
            context.array(gradient),
            context.array(parameter),
            context.array(moment1),
            context.array(moment2),
            null,
            parameter.elements()));
  }

  @Override
  public double squaredNorm(Tensor x) {
    Checks.floats("x", x);
    float[] sum = new float[SUM_ELEMENTS];
    context.runAndFetch(
        PairSum.SCRATCH_ELEMENTS,
        sum,
        (scratch, result) ->
            PairSum.launchesOfSquares(context.array(x), x.elements(), scratch, result));
    return (double) sum[0] + sum[1];
  }
}
