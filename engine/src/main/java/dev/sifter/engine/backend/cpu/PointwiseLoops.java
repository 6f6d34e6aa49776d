package dev.sifter.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Flat loops over fp32 tensors. */
final class PointwiseLoops {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private PointwiseLoops() {}

  /** out = a + b over {@code count} elements from a byte offset. */
  static void add(MemorySegment a, MemorySegment b, MemorySegment out, long offset, int count) {
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      long at = offset + 4L * i;
      FloatVector.fromMemorySegment(S, a, at, ORDER)
          .add(FloatVector.fromMemorySegment(S, b, at, ORDER))
          .intoMemorySegment(out, at, ORDER);
    }
    for (int i = bound; i < count; i++) {
      long at = offset + 4L * i;
      out.set(FLOAT, at, a.get(FLOAT, at) + b.get(FLOAT, at));
    }
  }

  /** out = factor · x over {@code count} elements from a byte offset. */
  static void scale(MemorySegment x, float factor, MemorySegment out, long offset, int count) {
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      long at = offset + 4L * i;
      FloatVector.fromMemorySegment(S, x, at, ORDER).mul(factor).intoMemorySegment(out, at, ORDER);
    }
    for (int i = bound; i < count; i++) {
      long at = offset + 4L * i;
      out.set(FLOAT, at, x.get(FLOAT, at) * factor);
    }
  }

  /** out = 1/√x; offsets in bytes. */
  static void inverseRoot(MemorySegment x, MemorySegment out, long offset, int count) {
    FloatVector one = FloatVector.broadcast(S, 1f);
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      long at = offset + 4L * i;
      one.div(FloatVector.fromMemorySegment(S, x, at, ORDER).sqrt())
          .intoMemorySegment(out, at, ORDER);
    }
    for (int i = bound; i < count; i++) {
      long at = offset + 4L * i;
      out.set(FLOAT, at, 1 / (float) Math.sqrt(x.get(FLOAT, at)));
    }
  }

  /** x = mask = 0 ? 0 : x · mask, in whole vectors: a dropped infinity or NaN is 0, not NaN. */
  static void mask(float[] x, float[] mask, int count) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector factor = FloatVector.fromArray(S, mask, i);
      FloatVector.fromArray(S, x, i)
          .mul(factor)
          .blend(0f, factor.compare(VectorOperators.EQ, 0f))
          .intoArray(x, i);
    }
  }

  /** dy = dy · (1 − (y/softcap)²). */
  static void softcapBackward(float[] dy, float[] y, float inverse, int count) {
    FloatVector one = FloatVector.broadcast(S, 1f);
    for (int i = 0; i < count; i += LANES) {
      FloatVector ratio = FloatVector.fromArray(S, y, i).mul(inverse);
      FloatVector.fromArray(S, dy, i).mul(one.sub(ratio.mul(ratio))).intoArray(dy, i);
    }
  }

  /** Σ weights·(x − shift), where a weight of 0 counts nothing even if x is −∞. */
  static float weightedSum(float[] x, float[] weights, float shift, int count) {
    FloatVector sums = FloatVector.zero(S);
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector weight = FloatVector.fromArray(S, weights, i);
      FloatVector product = FloatVector.fromArray(S, x, i).sub(shift).mul(weight);
      sums = sums.add(product.blend(0f, weight.compare(VectorOperators.EQ, 0f)));
    }
    float sum = LaneSum.of(sums);
    for (int i = bound; i < count; i++) {
      sum += weights[i] == 0 ? 0 : weights[i] * (x[i] - shift);
    }
    return sum;
  }

  /** Largest element; a NaN is passed over. */
  static float max(float[] x, int from, int count) {
    FloatVector best = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
    int bound = from + S.loopBound(count);
    for (int i = from; i < bound; i += LANES) {
      FloatVector v = FloatVector.fromArray(S, x, i);
      best = best.blend(v, v.compare(VectorOperators.GT, best));
    }
    float most = best.reduceLanes(VectorOperators.MAX);
    for (int i = bound; i < from + count; i++) {
      most = x[i] > most ? x[i] : most;
    }
    return most;
  }
}
