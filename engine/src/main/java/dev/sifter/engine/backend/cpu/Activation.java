package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.ActivationKind;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Values and derivatives of activations, over short arrays that stay in the first-level cache. */
final class Activation {
  /** Elements that a caller stages at once. */
  static final int CHUNK = 512;

  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();
  private static final float TANH_FACTOR = (float) Math.sqrt(2 / Math.PI);
  private static final float TANH_CUBE = 0.044715f;

  private Activation() {}

  /**
   * value[i] = f(x[i]) and derivative[i] = f′(x[i]) for i &lt; count, in whole vectors.
   *
   * @param x left as it is
   */
  static void evaluate(
      ActivationKind kind, float[] x, int count, float[] value, float[] derivative) {
    switch (kind) {
      case IDENTITY -> {
        System.arraycopy(x, 0, value, 0, count);
        Arrays.fill(derivative, 0, count, 1);
      }
      case SILU -> {
        System.arraycopy(x, 0, value, 0, count);
        VectorMath.exp(value, 0, count, -1, 0);
        silu(x, count, value, derivative);
      }
      case GELU_TANH -> {
        geluTanhExponent(x, count, value);
        VectorMath.exp(value, 0, count, 1, 0);
        geluTanh(x, count, value, derivative);
      }
      case GELU -> gelu(x, count, value, derivative);
      case RELU -> relu(x, count, value, derivative);
      case RELU_SQUARED -> reluSquared(x, count, value, derivative);
      case HARD_TANH -> hardTanh(x, count, value, derivative);
    }
  }

  /** With e = exp(−x) and σ = 1/(1 + e): f = x·σ, f′ = σ·(1 + x·(1 − σ)). */
  private static void silu(float[] x, int count, float[] value, float[] derivative) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector v = FloatVector.fromArray(S, x, i);
      FloatVector denominator = FloatVector.fromArray(S, value, i).add(1f);
      FloatVector one = FloatVector.broadcast(S, 1f);
      FloatVector sigmoid = one.div(denominator);
      v.div(denominator).intoArray(value, i);
      sigmoid.mul(one.sub(sigmoid).fma(v, one)).intoArray(derivative, i);
    }
  }

  /** −2u with u = √(2/π)(x + 0.044715x³), at most 80 so that its exponential stays finite. */
  private static void geluTanhExponent(float[] x, int count, float[] value) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector v = FloatVector.fromArray(S, x, i);
      FloatVector exponent = v.mul(v).mul(TANH_CUBE).fma(v, v).mul(-2 * TANH_FACTOR);
      exponent.blend(80f, exponent.compare(VectorOperators.GT, 80f)).intoArray(value, i);
    }
  }

  /**
   * With e = exp(−2u) and σ = 1/(1 + e), which is ½(1 + tanh u) without its cancellation: f = x·σ,
   * f′ = σ + 2x·e·σ²·√(2/π)(1 + 3·0.044715x²).
   */
  private static void geluTanh(float[] x, int count, float[] value, float[] derivative) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector v = FloatVector.fromArray(S, x, i);
      FloatVector e = FloatVector.fromArray(S, value, i);
      FloatVector sigmoid = FloatVector.broadcast(S, 1f).div(e.add(1f));
      FloatVector slope = v.mul(v).mul(3 * TANH_CUBE).add(1f).mul(2 * TANH_FACTOR);
      sigmoid.mul(v).intoArray(value, i);
      e.mul(sigmoid).mul(sigmoid).mul(slope).mul(v).add(sigmoid).intoArray(derivative, i);
    }
  }

  /** f = x·Φ(x), f′ = Φ(x) + x·φ(x), with Φ from {@link Erf} in double. */
  private static void gelu(float[] x, int count, float[] value, float[] derivative) {
    for (int i = 0; i < count; i++) {
      double v = x[i];
      double cumulative = Erf.normalCumulative(v);
      double density = Math.exp(-0.5 * v * v) / Math.sqrt(2 * Math.PI);
      value[i] = (float) (v * cumulative);
      derivative[i] = (float) (cumulative + v * density);
    }
  }

  /** Of NaN the slope is 1, as torch has it. */
  private static void relu(float[] x, int count, float[] value, float[] derivative) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector v = FloatVector.fromArray(S, x, i);
      var negative = v.compare(VectorOperators.LE, 0f);
      v.blend(0f, negative).intoArray(value, i);
      FloatVector.broadcast(S, 1f).blend(0f, negative).intoArray(derivative, i);
    }
  }

  private static void reluSquared(float[] x, int count, float[] value, float[] derivative) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector v = FloatVector.fromArray(S, x, i);
      FloatVector positive = v.blend(0f, v.compare(VectorOperators.LE, 0f));
      positive.mul(positive).intoArray(value, i);
      positive.add(positive).intoArray(derivative, i);
    }
  }

  /** At both bounds the slope is 1, and of NaN 0, as torch's clamp has it. */
  private static void hardTanh(float[] x, int count, float[] value, float[] derivative) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector v = FloatVector.fromArray(S, x, i);
      var above = v.compare(VectorOperators.GT, 1f);
      var below = v.compare(VectorOperators.LT, -1f);
      v.blend(1f, above).blend(-1f, below).intoArray(value, i);
      var within = v.abs().compare(VectorOperators.LE, 1f);
      FloatVector.zero(S).blend(1f, within).intoArray(derivative, i);
    }
  }
}
