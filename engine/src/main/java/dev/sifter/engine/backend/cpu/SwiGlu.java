package dev.sifter.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * silu(gate) · up and its gradients, of which a step has the widest rows: straight from memory to
 * memory, with nothing staged but e = exp(−gate). σ = 1/(1 + e).
 */
final class SwiGlu {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private SwiGlu() {}

  /**
   * y = gate·σ·up.
   *
   * @param at byte offset in all tensors
   * @param e scratch of {@code count} elements and a vector
   */
  static void forward(
      MemorySegment gate, MemorySegment up, MemorySegment y, long at, int count, float[] e) {
    exponentials(gate, at, count, e);
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += S.length()) {
      long place = at + 4L * i;
      FloatVector.fromMemorySegment(S, gate, place, ORDER)
          .div(FloatVector.fromArray(S, e, i).add(1f))
          .mul(FloatVector.fromMemorySegment(S, up, place, ORDER))
          .intoMemorySegment(y, place, ORDER);
    }
    for (int i = bound; i < count; i++) {
      long place = at + 4L * i;
      y.set(FLOAT, place, gate.get(FLOAT, place) / (e[i] + 1) * up.get(FLOAT, place));
    }
  }

  /** dUp = dy·gate·σ, dGate = dy·up·σ·(1 + gate·(1 − σ)); otherwise as {@link #forward}. */
  static void backward(
      MemorySegment dy,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dGate,
      MemorySegment dUp,
      long at,
      int count,
      float[] e) {
    exponentials(gate, at, count, e);
    FloatVector one = FloatVector.broadcast(S, 1f);
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += S.length()) {
      long place = at + 4L * i;
      FloatVector x = FloatVector.fromMemorySegment(S, gate, place, ORDER);
      FloatVector gradient = FloatVector.fromMemorySegment(S, dy, place, ORDER);
      FloatVector sigmoid = one.div(FloatVector.fromArray(S, e, i).add(1f));
      FloatVector slope = sigmoid.mul(one.sub(sigmoid).fma(x, one));
      slope
          .mul(FloatVector.fromMemorySegment(S, up, place, ORDER))
          .mul(gradient)
          .intoMemorySegment(dGate, place, ORDER);
      x.mul(sigmoid).mul(gradient).intoMemorySegment(dUp, place, ORDER);
    }
    for (int i = bound; i < count; i++) {
      long place = at + 4L * i;
      float x = gate.get(FLOAT, place);
      float gradient = dy.get(FLOAT, place);
      float sigmoid = 1 / (e[i] + 1);
      float slope = sigmoid * Math.fma(1 - sigmoid, x, 1);
      dGate.set(FLOAT, place, slope * up.get(FLOAT, place) * gradient);
      dUp.set(FLOAT, place, x * sigmoid * gradient);
    }
  }

  private static void exponentials(MemorySegment gate, long at, int count, float[] e) {
    Numbers.loadF32(gate, at / 4, e, 0, count);
    VectorMath.exp(e, 0, count, -1, 0);
  }
}
