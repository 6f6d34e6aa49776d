package dev.sifter.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Exponential and hyperbolic tangent of arrays, a vector at a time.
 *
 * <p>Both reduce the argument, x = n·ln 2 + r with |r| ≤ ½ ln 2, and take the Taylor series of eʳ
 * up to r⁷/7!, whose remainder of 0.35⁸/8! ≈ 5·10⁻⁹ is a tenth of an fp32 rounding. Errors against
 * the exact value: {@link #exp} at most 2 units in the last place, {@link #tanh} at most 4.
 *
 * <p>Arrays are processed in whole vectors: up to a vector less one element past the end is read
 * and overwritten.
 */
final class VectorMath {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();

  private static final float LOG2_E = 1.44269504f;

  /** ln 2 in two parts; the first has few enough bits that n times it is exact. */
  private static final float LN2_HIGH = 0x1.62ep-1f;

  private static final float LN2_LOW = (float) (Math.log(2) - LN2_HIGH);

  /** Adding and taking away 1.5·2²³ rounds to an integer, which then lies in the lower bits. */
  private static final float ROUNDER = 0x1.8p23f;

  private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  private static final float HIGHEST = 89;
  private static final float LOWEST = -105;

  private VectorMath() {}

  /**
   * x[i] = exp(factor · x[i] − shift) for {@code from} ≤ i &lt; {@code from + count}.
   *
   * @return the sum of the results
   */
  static float exp(float[] x, int from, int count, float factor, float shift) {
    FloatVector sums = FloatVector.zero(S);
    int end = from + count;
    for (int i = from; i < end; i += LANES) {
      FloatVector v = FloatVector.fromArray(S, x, i).mul(factor).sub(shift);
      v = v.blend(HIGHEST, v.compare(VectorOperators.GT, HIGHEST));
      v = v.blend(LOWEST, v.compare(VectorOperators.LT, LOWEST));
      FloatVector rounded =
          v.fma(FloatVector.broadcast(S, LOG2_E), FloatVector.broadcast(S, ROUNDER));
      IntVector n = rounded.reinterpretAsInts().sub(ROUNDER_BITS);
      FloatVector whole = rounded.sub(ROUNDER);
      FloatVector r = whole.fma(FloatVector.broadcast(S, -LN2_HIGH), v);
      r = whole.fma(FloatVector.broadcast(S, -LN2_LOW), r);
      FloatVector p =
          r.fma(FloatVector.broadcast(S, 1 / 5040f), FloatVector.broadcast(S, 1 / 720f));
      p = p.fma(r, FloatVector.broadcast(S, 1 / 120f));
      p = p.fma(r, FloatVector.broadcast(S, 1 / 24f));
      p = p.fma(r, FloatVector.broadcast(S, 1 / 6f));
      p = p.fma(r, FloatVector.broadcast(S, 0.5f));
      p = p.fma(r, FloatVector.broadcast(S, 1f));
      p = p.fma(r, FloatVector.broadcast(S, 1f));
      IntVector half = n.lanewise(VectorOperators.ASHR, 1);
      FloatVector scale1 = half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector scale2 =
          n.sub(half).add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector result = p.mul(scale1).mul(scale2);
      result.intoArray(x, i);
      if (i + LANES <= end) {
        sums = sums.add(result);
      }
    }
    float sum = LaneSum.of(sums);
    for (int i = end - count % LANES; i < end; i++) {
      sum += x[i];
    }
    return sum;
  }

  /** x[i] = tanh(factor · x[i]) for i &lt; count, as e/(e + 2) with e = exp(2|x|) − 1. */
  static void tanh(float[] x, int count, float factor) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector in = FloatVector.fromArray(S, x, i).mul(factor);
      FloatVector v = in.abs().mul(2f);
      v = v.blend(20f, v.compare(VectorOperators.GT, 20f));
      FloatVector rounded =
          v.fma(FloatVector.broadcast(S, LOG2_E), FloatVector.broadcast(S, ROUNDER));
      IntVector n = rounded.reinterpretAsInts().sub(ROUNDER_BITS);
      FloatVector whole = rounded.sub(ROUNDER);
      FloatVector r = whole.fma(FloatVector.broadcast(S, -LN2_HIGH), v);
      r = whole.fma(FloatVector.broadcast(S, -LN2_LOW), r);
      FloatVector p =
          r.fma(FloatVector.broadcast(S, 1 / 5040f), FloatVector.broadcast(S, 1 / 720f));
      p = p.fma(r, FloatVector.broadcast(S, 1 / 120f));
      p = p.fma(r, FloatVector.broadcast(S, 1 / 24f));
      p = p.fma(r, FloatVector.broadcast(S, 1 / 6f));
      p = p.fma(r, FloatVector.broadcast(S, 0.5f));
      p = p.fma(r.mul(r), r);
      FloatVector scale = n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector e = p.fma(scale, scale.sub(1f));
      IntVector sign = in.reinterpretAsInts().and(Integer.MIN_VALUE);
      e.div(e.add(2f)).reinterpretAsInts().or(sign).reinterpretAsFloats().intoArray(x, i);
    }
  }
}
