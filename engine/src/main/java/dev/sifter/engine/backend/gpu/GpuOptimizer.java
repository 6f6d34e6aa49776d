package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.AdamW;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.PairSum;
import dev.sifter.kernels.ptx.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
    context.runVarying(
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
    return squaredNorms(List.of(x))[0];
  }

  @Override
  public double[] squaredNorms(List<Tensor> tensors) {
    double[] norms = new double[tensors.size()];
    float[] sums = new float[SUM_ELEMENTS * norms.length];
    if (sums.length > 0) {
      context.runAndFetch(
          PairSum.SCRATCH_ELEMENTS, sums, (scratch, results) -> sums(tensors, scratch, results));
    }
    Arrays.setAll(norms, i -> (double) sums[SUM_ELEMENTS * i] + sums[SUM_ELEMENTS * i + 1]);
    return norms;
  }

  /** One after the other, so that all can use the same scratch memory. */
  private List<Launch> sums(List<Tensor> tensors, Array scratch, Array results) {
    long bytes = SUM_ELEMENTS * (long) Float.BYTES;
    List<Launch> launches = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      Tensor x = tensors.get(i);
      Checks.floats("x", x);
      Array sum = new Array(results.slice().slice(i * bytes, bytes), ElementType.F32);
      launches.addAll(PairSum.launchesOfSquares(context.array(x), x.elements(), scratch, sum));
    }
    return launches;
  }
}
