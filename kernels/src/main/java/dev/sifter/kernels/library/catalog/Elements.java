package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.ptx.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Numbers as they lie in device memory, on the host. */
public final class Elements {
  private Elements() {}

  /** The nearest number of a type, ties to even. */
  public static float rounded(ElementType type, float value) {
    return switch (type) {
      case F32 -> value;
      case BF16 -> Float.intBitsToFloat(bfloat16(value) << 16);
      case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
    };
  }

  /** The bytes of numbers. */
  static byte[] encode(ElementType type, float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * type.bytes());
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      switch (type) {
        case F32 -> bytes.putFloat(value);
        case BF16 -> bytes.putShort((short) bfloat16(value));
        case F16 -> bytes.putShort(Float.floatToFloat16(value));
      }
    }
    return bytes.array();
  }

  /** The numbers that bytes are. */
  public static float[] decode(ElementType type, byte[] encoded) {
    ByteBuffer bytes = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[encoded.length / type.bytes()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case F32 -> bytes.getFloat();
            case BF16 -> Float.intBitsToFloat(bytes.getShort() << 16);
            case F16 -> Float.float16ToFloat(bytes.getShort());
          };
    }
    return values;
  }

  private static int bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return 0x7FFF;
    }
    return (bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16;
  }
}
