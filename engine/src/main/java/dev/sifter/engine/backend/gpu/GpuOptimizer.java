package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.AdamWUpdate;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.AdamW;
import dev.sifter.kernels.library.ClipFactor;
import dev.sifter.kernels.library.PairSum;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * AdamW and norms of gradients. The factor that clips is computed where the gradients are, and what
 * else changes from step to step is uploaded in one piece: so norms and updates are one run of
 * work, the same in every step.
 */
final class GpuOptimizer implements OptimizerKernels {
  private final GpuContext context;
  private Tensor sums;
  private Tensor factors;

  GpuOptimizer(GpuContext context) {
    this.context = context;
  }

  @Override
  public void adamW(List<AdamWUpdate> updates, GradientScale scale) {
    updates.forEach(GpuOptimizer::check);
    if (updates.isEmpty()) {
      return;
    }
    Map<AdamWStep, Integer> rows = new LinkedHashMap<>();
    updates.forEach(update -> rows.putIfAbsent(update.step(), rows.size()));
    factors = place(factors, rows.size() * AdamW.Factors.COUNT);
    Tensor inUse = GpuContext.part(factors, 0, rows.size() * AdamW.Factors.COUNT);
    context.upload(MemorySegment.ofArray(numbers(rows.keySet(), scale)), inUse);
    if (scale instanceof GradientSums measured) {
      context.run(
          ClipFactor.launches(
              measured.total(), measured.maxNorm(), context.array(factors), rows.size()));
    }
    for (AdamWUpdate update : updates) {
      int first = rows.get(update.step()) * AdamW.Factors.COUNT;
      context.run(
          AdamW.launches(
              context.array(GpuContext.part(factors, first, AdamW.Factors.COUNT)),
              context.array(update.gradient()),
              context.array(update.parameter()),
              context.array(update.moment1()),
              context.array(update.moment2()),
              null,
              update.parameter().elements()));
    }
  }

  private static void check(AdamWUpdate update) {
    long elements = update.parameter().elements();
    Checks.f32("parameter", update.parameter());
    Checks.floats("gradient", update.gradient(), elements);
    Checks.f32("moment1", update.moment1(), elements);
    Checks.f32("moment2", update.moment2(), elements);
  }

  private static float[] numbers(Set<AdamWStep> steps, GradientScale scale) {
    float gradientScale = Float.NaN; // of what was measured here, the device knows it
    if (!(scale instanceof GradientSums) && scale.isFinite()) {
      gradientScale = (float) scale.coefficient();
    }
    FloatBuffer numbers = FloatBuffer.allocate(steps.size() * AdamW.Factors.COUNT);
    for (AdamWStep step : steps) {
      numbers.put(
          AdamW.Factors.of(
                  step.learningRate(),
                  step.beta1(),
                  step.beta2(),
                  step.epsilon(),
                  step.weightDecay(),
                  step.step(),
                  gradientScale)
              .numbers());
    }
    return numbers.array();
  }

  @Override
  public double squaredNorm(Tensor x) {
    Checks.floats("x", x);
    float[] sum = new float[GradientSums.PAIR];
    context.runAndFetch(
        PairSum.SCRATCH_ELEMENTS,
        sum,
        (scratch, result) ->
            PairSum.launchesOfSquares(context.array(x), x.elements(), scratch, result));
    return (double) sum[0] + sum[1];
  }

  @Override
  public GradientScale measure(List<Tensor> gradients, double maxNorm) {
    gradients.forEach(gradient -> Checks.floats("gradient", gradient));
    sums = place(sums, GradientSums.PAIR * (gradients.size() + 1));
    GradientSums measured = new GradientSums(context, sums, gradients.size(), maxNorm);
    context.run(PairSum.SCRATCH_ELEMENTS, scratch -> measured.launches(gradients, scratch));
    return measured;
  }

  /** A place for as many numbers, the same one as long as it is large enough. */
  private Tensor place(Tensor held, int elements) {
    return held != null && held.elements() >= elements
        ? held
        : context.place(DType.F32, Shape.of(elements));
  }
}
