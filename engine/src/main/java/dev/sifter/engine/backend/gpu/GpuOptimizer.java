package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.AdamWUpdate;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.AdamW;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.ClipFactor;
import dev.sifter.kernels.library.SquareSum;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * AdamW and norms of gradients: a few launches, whatever the number of parameters. The factor that
 * clips is computed where the gradients are, and what else changes from step to step is uploaded in
 * one piece: so norms and updates are one run of work, the same in every step.
 */
final class GpuOptimizer implements OptimizerKernels {
  private final GpuContext context;
  private final DeviceTable updated;
  private final DeviceTable measured;
  private final DeviceTable single;
  private final LastingPlace rates;
  private final LastingPlace norm;

  GpuOptimizer(GpuContext context) {
    this.context = context;
    updated = new DeviceTable(context);
    measured = new DeviceTable(context);
    single = new DeviceTable(context);
    rates = new LastingPlace(context, DType.F32);
    norm = new LastingPlace(context, DType.F32);
  }

  @Override
  public void adamW(List<AdamWUpdate> updates, GradientScale scale) {
    updates.forEach(GpuOptimizer::check);
    if (updates.isEmpty()) {
      return;
    }
    Map<AdamWStep, Integer> rows = new LinkedHashMap<>();
    updates.forEach(update -> rows.putIfAbsent(update.step(), rows.size()));
    Tensor factors = rates.first(rows.size() * AdamW.Factors.COUNT);
    context.upload(MemorySegment.ofArray(numbers(rows.keySet(), scale)), factors);
    if (scale instanceof GradientNorm measuredHere) {
      context.run(
          ClipFactor.launches(
              measuredHere.squares(), measuredHere.maxNorm(), context.array(factors), rows.size()));
    }
    List<AdamW.Update> all =
        updates.stream().map(update -> update(update, factors, rows.get(update.step()))).toList();
    context.run(AdamW.launches(all, updated));
  }

  private AdamW.Update update(AdamWUpdate update, Tensor factors, int row) {
    int first = row * AdamW.Factors.COUNT;
    return new AdamW.Update(
        context.array(GpuContext.part(factors, first, AdamW.Factors.COUNT)),
        context.array(update.gradient()),
        context.array(update.parameter()),
        context.array(update.moment1()),
        context.array(update.moment2()),
        null,
        update.parameter().elements());
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
    if (!(scale instanceof GradientNorm) && scale.isFinite()) {
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
    List<Array> arrays = List.of(context.array(x));
    float[] squares = new float[GradientNorm.PAIR];
    context.runAndFetch(
        SquareSum.scratchElements(arrays),
        squares,
        (scratch, result) -> SquareSum.launches(arrays, single, scratch, result));
    return (double) squares[0] + squares[1];
  }

  @Override
  public GradientScale measure(List<Tensor> gradients, double maxNorm) {
    gradients.forEach(gradient -> Checks.floats("gradient", gradient));
    List<Array> arrays = gradients.stream().map(context::array).toList();
    Tensor sum = norm.first(GradientNorm.PAIR);
    context.run(
        SquareSum.scratchElements(arrays),
        scratch -> SquareSum.launches(arrays, measured, scratch, context.array(sum)));
    return new GradientNorm(context, sum, maxNorm);
  }
}
