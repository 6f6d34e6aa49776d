package dev.sifter.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Flat loops over rows staged in arrays. */
final class NormLoops {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();

  private NormLoops() {}

  /** Σ a·b. */
  static float dot(float[] a, float[] b, int count) {
    return DotKernel.dot(a, 0, b, 0, count);
  }

  /** Σ a. */
  static float sum(float[] a, int count) {
    FloatVector sum0 = FloatVector.zero(S);
    FloatVector sum1 = FloatVector.zero(S);
    int i = 0;
    for (; i <= count - 2 * LANES; i += 2 * LANES) {
      sum0 = sum0.add(FloatVector.fromArray(S, a, i));
      sum1 = sum1.add(FloatVector.fromArray(S, a, i + LANES));
    }
    float total = LaneSum.of(sum0.add(sum1));
    for (; i < count; i++) {
      total += a[i];
    }
    return total;
  }

  /** row = row · factor · weight. */
  static void scale(float[] row, float factor, float[] weight, int count) {
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector.fromArray(S, row, i)
          .mul(factor)
          .mul(FloatVector.fromArray(S, weight, i))
          .intoArray(row, i);
    }
    for (int i = bound; i < count; i++) {
      row[i] = row[i] * factor * weight[i];
    }
  }

  /** row = row · weight. */
  static void multiply(float[] row, float[] weight, int count) {
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector.fromArray(S, row, i).mul(FloatVector.fromArray(S, weight, i)).intoArray(row, i);
    }
    for (int i = bound; i < count; i++) {
      row[i] *= weight[i];
    }
  }

  /** row = row + other. */
  static void add(float[] row, float[] other, int count) {
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector.fromArray(S, row, i).add(FloatVector.fromArray(S, other, i)).intoArray(row, i);
    }
    for (int i = bound; i < count; i++) {
      row[i] += other[i];
    }
  }

  /** row = row + value. */
  static void addTo(float[] row, float value, int count) {
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector.fromArray(S, row, i).add(value).intoArray(row, i);
    }
    for (int i = bound; i < count; i++) {
      row[i] += value;
    }
  }

  /** sums[at …] += a · b · factor. */
  static void addProduct(float[] a, float[] b, float factor, float[] sums, int at, int count) {
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector.fromArray(S, b, i)
          .mul(factor)
          .fma(FloatVector.fromArray(S, a, i), FloatVector.fromArray(S, sums, at + i))
          .intoArray(sums, at + i);
    }
    for (int i = bound; i < count; i++) {
      sums[at + i] = Math.fma(b[i] * factor, a[i], sums[at + i]);
    }
  }

  /** out = g · gFactor + x · xFactor + constant. */
  static void combine(
      float[] g, float gFactor, float[] x, float xFactor, float constant, float[] out, int count) {
    FloatVector gFactors = FloatVector.broadcast(S, gFactor);
    FloatVector xFactors = FloatVector.broadcast(S, xFactor);
    FloatVector constants = FloatVector.broadcast(S, constant);
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector.fromArray(S, g, i)
          .fma(gFactors, FloatVector.fromArray(S, x, i).fma(xFactors, constants))
          .intoArray(out, i);
    }
    for (int i = bound; i < count; i++) {
      out[i] = Math.fma(g[i], gFactor, Math.fma(x[i], xFactor, constant));
    }
  }
}
