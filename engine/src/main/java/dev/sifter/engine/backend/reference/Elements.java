package dev.sifter.engine.backend.reference;

import dev.sifter.engine.tensor.Bfloat16;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A tensor as a vector of doubles: reads widen exactly, writes round once to the tensor's type. So
 * one formula serves fp32, where its result is the correctly rounded one, and fp64, where gradients
 * are checked.
 */
final class Elements {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  private final MemorySegment segment;
  private final DType dtype;
  private final long count;

  Elements(Tensor tensor) {
    this.segment = tensor.segment();
    this.dtype = tensor.dtype();
    this.count = tensor.elements();
  }

  /** The elements of {@code tensor}, or null if there is none. */
  static Elements ofNullable(Tensor tensor) {
    return tensor == null ? null : new Elements(tensor);
  }

  long count() {
    return count;
  }

  double get(long i) {
    return switch (dtype) {
      case F32 -> segment.get(FLOAT, i * 4);
      case F64 -> segment.get(DOUBLE, i * 8);
      case BF16 -> Bfloat16.toFloat(segment.get(SHORT, i * 2));
      case F16 -> Float.float16ToFloat(segment.get(SHORT, i * 2));
      case I32 -> segment.get(INT, i * 4);
      case U8 -> segment.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
    };
  }

  int getByte(long i) {
    return segment.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
  }

  int getInt(long i) {
    return segment.get(INT, i * 4);
  }

  void set(long i, double value) {
    switch (dtype) {
      case F32 -> segment.set(FLOAT, i * 4, (float) value);
      case F64 -> segment.set(DOUBLE, i * 8, value);
      case BF16 -> segment.set(SHORT, i * 2, Bfloat16.fromFloat((float) value));
      case F16 -> segment.set(SHORT, i * 2, Float.floatToFloat16((float) value));
      case I32 -> segment.set(INT, i * 4, (int) value);
      case U8 -> segment.set(ValueLayout.JAVA_BYTE, i, (byte) value);
    }
  }

  void put(long i, boolean accumulate, double value) {
    set(i, accumulate ? get(i) + value : value);
  }

  void add(long i, double value) {
    set(i, get(i) + value);
  }

  /** Adds sums to a gradient, where it is wanted. */
  static void addAll(double[] sums, Tensor gradient) {
    if (gradient != null) {
      Elements elements = new Elements(gradient);
      for (int i = 0; i < sums.length; i++) {
        elements.add(i, sums[i]);
      }
    }
  }
}
