package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.AdamWUpdate;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** AdamW in PyTorch's order of operations; sums of squares in double. */
final class CpuOptimizer implements OptimizerKernels {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final int CHUNK = Activation.CHUNK;
  private static final int SQUARES_GRAIN = 1 << 16;

  private final CpuContext context;

  CpuOptimizer(CpuContext context) {
    this.context = context;
  }

  /**
   * Scalars of a step, rounded to fp32 where PyTorch rounds them.
   *
   * @param lerpWeight the new first moment is the old one + (g − m)·lerpWeight if that is above 0,
   *     else g + (g − m)·lerpWeight: 1 − β₁ of the way from m to g, told from the nearer end, as
   *     {@code torch.lerp} does. So m forgets a large gradient however small the next ones are
   */
  private record Factors(
      float gradientScale,
      float decay,
      float lerpWeight,
      float beta2,
      float oneMinusBeta2,
      float rootOfCorrection2,
      float epsilon,
      float minusStepSize) {
    static Factors of(AdamWStep step, float gradientScale) {
      float weight = (float) (1 - step.beta1());
      double correction1 = 1 - Math.pow(step.beta1(), step.step());
      double correction2 = 1 - Math.pow(step.beta2(), step.step());
      return new Factors(
          gradientScale,
          (float) (1 - step.learningRate() * step.weightDecay()),
          weight < 0.5f ? weight : weight - 1,
          (float) step.beta2(),
          (float) (1 - step.beta2()),
          (float) Math.sqrt(correction2),
          (float) step.epsilon(),
          (float) -(step.learningRate() / correction1));
    }
  }

  @Override
  public void adamW(List<AdamWUpdate> updates, GradientScale scale) {
    if (!scale.isFinite()) {
      return;
    }
    AdamWStep step = null;
    Factors factors = null;
    for (AdamWUpdate update : updates) {
      if (!update.step().equals(step)) {
        step = update.step();
        factors = Factors.of(step, (float) scale.coefficient());
      }
      adamW(update, factors);
    }
  }

  private void adamW(AdamWUpdate update, Factors factors) {
    Tensor parameter = update.parameter();
    Checks.same("gradient", update.gradient(), "parameter", parameter);
    Checks.same("moment1", update.moment1(), "parameter", parameter);
    Checks.same("moment2", update.moment2(), "parameter", parameter);
    MemorySegment g = update.gradient().segment();
    MemorySegment p = parameter.segment();
    MemorySegment m = update.moment1().segment();
    MemorySegment v = update.moment2().segment();
    context.runRanges(
        parameter.elements(),
        Grain.ELEMENTS,
        (from, to, worker) -> update(factors, g, p, m, v, 4 * from, (int) (to - from)));
  }

  private static void update(
      Factors f,
      MemorySegment gradient,
      MemorySegment parameter,
      MemorySegment moment1,
      MemorySegment moment2,
      long offset,
      int count) {
    // Broadcast once: inside the loop, C2 would run out of what it inlines and box the vectors.
    FloatVector gradientScale = FloatVector.broadcast(S, f.gradientScale);
    FloatVector decay = FloatVector.broadcast(S, f.decay);
    FloatVector lerpWeight = FloatVector.broadcast(S, f.lerpWeight);
    boolean momentIsNearer = f.lerpWeight > 0;
    FloatVector beta2 = FloatVector.broadcast(S, f.beta2);
    FloatVector oneMinusBeta2 = FloatVector.broadcast(S, f.oneMinusBeta2);
    FloatVector rootOfCorrection2 = FloatVector.broadcast(S, f.rootOfCorrection2);
    FloatVector epsilon = FloatVector.broadcast(S, f.epsilon);
    FloatVector minusStepSize = FloatVector.broadcast(S, f.minusStepSize);
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      long at = offset + 4L * i;
      FloatVector g = FloatVector.fromMemorySegment(S, gradient, at, ORDER).mul(gradientScale);
      FloatVector m = FloatVector.fromMemorySegment(S, moment1, at, ORDER);
      FloatVector nearer = momentIsNearer ? m : g;
      m = nearer.add(g.sub(m).mul(lerpWeight));
      FloatVector v = FloatVector.fromMemorySegment(S, moment2, at, ORDER).mul(beta2);
      v = v.add(g.mul(oneMinusBeta2).mul(g));
      FloatVector denominator = v.sqrt().div(rootOfCorrection2).add(epsilon);
      FloatVector p = FloatVector.fromMemorySegment(S, parameter, at, ORDER).mul(decay);
      m.intoMemorySegment(moment1, at, ORDER);
      v.intoMemorySegment(moment2, at, ORDER);
      p.add(m.mul(minusStepSize).div(denominator)).intoMemorySegment(parameter, at, ORDER);
    }
    for (int i = bound; i < count; i++) {
      long at = offset + 4L * i;
      float g = gradient.get(FLOAT, at) * f.gradientScale;
      float m = moment1.get(FLOAT, at);
      m = (momentIsNearer ? m : g) + (g - m) * f.lerpWeight;
      float v = moment2.get(FLOAT, at) * f.beta2 + g * f.oneMinusBeta2 * g;
      float denominator = (float) Math.sqrt(v) / f.rootOfCorrection2 + f.epsilon;
      float p = parameter.get(FLOAT, at) * f.decay + m * f.minusStepSize / denominator;
      moment1.set(FLOAT, at, m);
      moment2.set(FLOAT, at, v);
      parameter.set(FLOAT, at, p);
    }
  }

  @Override
  public double squaredNorm(Tensor x) {
    Checks.floats("x", x);
    MemorySegment values = x.segment();
    int pieces = Math.toIntExact(Math.ceilDiv(x.elements(), SQUARES_GRAIN));
    double[] partials = context.shared().doubles(pieces);
    context.runRanges(
        x.elements(),
        SQUARES_GRAIN,
        (from, to, worker) -> {
          float[] chunk = context.scratch(worker).floats(0, CHUNK);
          double sum = 0;
          for (long i = from; i < to; i += CHUNK) {
            int count = (int) Math.min(CHUNK, to - i);
            Numbers.load(x.dtype(), values, i, chunk, 0, count);
            sum += squares(chunk, count);
          }
          partials[(int) (from / SQUARES_GRAIN)] = sum;
        });
    double sum = 0;
    for (int i = 0; i < pieces; i++) {
      sum += partials[i];
    }
    return sum;
  }

  private static double squares(float[] x, int count) {
    DoubleVector sum0 = DoubleVector.zero(D);
    DoubleVector sum1 = DoubleVector.zero(D);
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector v = FloatVector.fromArray(S, x, i);
      DoubleVector low = (DoubleVector) v.convertShape(VectorOperators.F2D, D, 0);
      DoubleVector high = (DoubleVector) v.convertShape(VectorOperators.F2D, D, 1);
      sum0 = low.fma(low, sum0);
      sum1 = high.fma(high, sum1);
    }
    double sum = LaneSum.of(sum0.add(sum1));
    for (int i = bound; i < count; i++) {
      double v = x[i];
      sum = Math.fma(v, v, sum);
    }
    return sum;
  }
}
