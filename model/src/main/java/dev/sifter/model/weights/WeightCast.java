package dev.sifter.model.weights;

import dev.sifter.engine.tensor.Bfloat16;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Weights in another floating type, rounded to nearest, ties to even. */
public final class WeightCast {
  private WeightCast() {}

  /** The tensor itself if it is of that type. */
  public static Tensor to(DType dtype, Tensor tensor) {
    if (tensor.dtype() == dtype) {
      return tensor;
    }
    float[] values = HostFloats.of(tensor);
    MemorySegment segment =
        switch (dtype) {
          case F32 -> MemorySegment.ofArray(values);
          case BF16, F16 -> {
            short[] bits = new short[values.length];
            for (int i = 0; i < bits.length; i++) {
              bits[i] =
                  dtype == DType.BF16
                      ? Bfloat16.fromFloat(values[i])
                      : Float.floatToFloat16(values[i]);
            }
            yield MemorySegment.ofArray(bits);
          }
          case F64, I32, U8 ->
              throw new IllegalArgumentException("weights are not cast to " + dtype);
        };
    return new Tensor(dtype, tensor.shape(), new Storage.Host(segment), 0);
  }
}
