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

  /** out = 1/√x, and 0 for x ≤ 0; offsets in bytes. */
  static void inverseRoot(MemorySegment x, MemorySegment out, long offset, int count) {
    FloatVector one = FloatVector.broadcast(S, 1f);
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      long at = offset + 4L * i;
      FloatVector values = FloatVector.fromMemorySegment(S, x, at, ORDER);
      one.div(values.sqrt())
          .blend(0, values.compare(VectorOperators.LE, 0))
          .intoMemorySegment(out, at, ORDER);
    }
    for (int i = bound; i < count; i++) {
      long at = offset + 4L * i;
      float value = x.get(FLOAT, at);
      out.set(FLOAT, at, value <= 0 ? 0 : 1 / (float) Math.sqrt(value));
    }
  }

  /** x = x + value over {@code count} elements from a byte offset. */
  static void addTo(MemorySegment x, float value, long offset, int count) {
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      long at = offset + 4L * i;
      FloatVector.fromMemorySegment(S, x, at, ORDER).add(value).intoMemorySegment(x, at, ORDER);
    }
    for (int i = bound; i < count; i++) {
      long at = offset + 4L * i;
      x.set(FLOAT, at, x.get(FLOAT, at) + value);
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

  /**
   * Σ weights·(x − shift), where a weight of 0 counts nothing even if x is −∞. No comparison makes
   * a mask: a loop that carries one may stay on the heap if it is compiled before it has run often.
   */
  static float weightedSum(float[] x, float[] weights, float shift, int count) {
    FloatVector sums = FloatVector.zero(S);
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector distance = FloatVector.fromArray(S, x, i).sub(shift).max(-Float.MAX_VALUE);
      sums = sums.add(distance.mul(FloatVector.fromArray(S, weights, i)));
    }
    float sum = LaneSum.of(sums);
    for (int i = bound; i < count; i++) {
      sum += weights[i] * Math.max(x[i] - shift, -Float.MAX_VALUE);
    }
    return sum;
  }

  /** Largest element; a NaN is passed over. */
  static float max(float[] x, int from, int count) {
    // The lanes' own maximum, unlike a comparison and a mask, keeps a NaN, which is rare.
    FloatVector best = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
    int bound = from + S.loopBound(count);
    for (int i = from; i < bound; i += LANES) {
      best = best.max(FloatVector.fromArray(S, x, i));
    }
    float most = best.reduceLanes(VectorOperators.MAX);
    boolean noNaN = !Float.isNaN(most);
    most = noNaN ? most : Float.NEGATIVE_INFINITY;
    for (int i = noNaN ? bound : from; i < from + count; i++) {
      most = x[i] > most ? x[i] : most;
    }
    return most;
  }
}
