package dev.sifter.model.weights;

import dev.sifter.engine.tensor.Bfloat16;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads tensors that lie in host memory, of any floating type, as fp32. */
public final class HostFloats {
  private HostFloats() {}

  /** All elements, in row-major order. */
  public static float[] of(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.elements())];
    read(tensor, 0, values, values.length);
    return values;
  }

  /** Elements {@code from} … {@code from + count − 1}, to the beginning of {@code target}. */
  public static void read(Tensor tensor, long from, float[] target, int count) {
    MemorySegment source = tensor.segment();
    switch (tensor.dtype()) {
      case F32 ->
          MemorySegment.copy(source, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * from, target, 0, count);
      case F64 -> {
        for (int i = 0; i < count; i++) {
          target[i] = (float) source.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * (from + i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          short bits = source.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (from + i));
          target[i] = Bfloat16.toFloat(bits);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          short bits = source.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (from + i));
          target[i] = Float.float16ToFloat(bits);
        }
      }
      case I32, U8 -> throw new IllegalArgumentException(tensor + " is not floating");
    }
  }
}
