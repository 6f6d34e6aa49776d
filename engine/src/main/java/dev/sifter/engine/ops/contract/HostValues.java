package dev.sifter.engine.ops.contract;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.Bfloat16;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Moves numbers between Java arrays and the tensors of a backend, whatever their type. */
public final class HostValues {
  private HostValues() {}

  /** Fills a tensor, rounding to its type to nearest, ties to even. */
  public static void upload(Backend backend, double[] values, Tensor target) {
    if (values.length != target.elements()) {
      throw new IllegalArgumentException("%d values for %s".formatted(values.length, target));
    }
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(target.byteSize())]);
    for (int i = 0; i < values.length; i++) {
      put(bytes, target.dtype(), i, values[i]);
    }
    backend.upload(bytes, target);
  }

  /** The elements of a tensor; exact. */
  public static double[] download(Backend backend, Tensor source) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(source.byteSize())]);
    backend.download(source, bytes);
    double[] values = new double[Math.toIntExact(source.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(bytes, source.dtype(), i);
    }
    return values;
  }

  private static void put(MemorySegment bytes, DType dtype, long i, double value) {
    switch (dtype) {
      case F32 -> bytes.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4, (float) value);
      case F64 -> bytes.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, i * 8, value);
      case BF16 ->
          bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2, Bfloat16.fromFloat((float) value));
      case F16 ->
          bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2, Float.floatToFloat16((float) value));
      case I32 -> bytes.set(ValueLayout.JAVA_INT_UNALIGNED, i * 4, (int) value);
      case U8 -> bytes.set(ValueLayout.JAVA_BYTE, i, (byte) value);
    }
  }

  private static double get(MemorySegment bytes, DType dtype, long i) {
    return switch (dtype) {
      case F32 -> bytes.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4);
      case F64 -> bytes.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, i * 8);
      case BF16 -> Bfloat16.toFloat(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2));
      case F16 -> Float.float16ToFloat(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2));
      case I32 -> bytes.get(ValueLayout.JAVA_INT_UNALIGNED, i * 4);
      case U8 -> bytes.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
    };
  }
}
