package dev.sifter.model.gguf;

import dev.sifter.engine.tensor.Bfloat16;
import dev.sifter.model.ModelException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;

/** How a tensor's elements lie in a GGUF file. */
public enum GgufType {
  /** fp32. */
  F32(0, 0, 1, 4),
  /** fp16. */
  F16(1, 1, 1, 2),
  /** Blocks of 32: an fp16 scale and 32 signed bytes. */
  Q8_0(8, 7, 32, 34),
  /** bf16. */
  BF16(30, 32, 1, 2);

  private final int code;
  private final int fileType;
  private final int blockElements;
  private final int blockBytes;

  GgufType(int code, int fileType, int blockElements, int blockBytes) {
    this.code = code;
    this.fileType = fileType;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  /**
   * The type of this name, in any case.
   *
   * @throws ModelException if there is none
   */
  public static GgufType of(String name) {
    return Arrays.stream(values())
        .filter(type -> type.name().equals(name.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new ModelException(
                    "'%s' is no type of GGUF tensors here; there are f32, f16, bf16, q8_0"
                        .formatted(name)));
  }

  /** Its number in the list of tensors. */
  int code() {
    return code;
  }

  /** The number of a file whose matrices are mostly of this type. */
  int fileType() {
    return fileType;
  }

  /** Whether rows of so many elements can be kept so. */
  boolean fits(long width) {
    return width % blockElements == 0;
  }

  /** Bytes of so many elements. */
  long bytes(long elements) {
    return elements / blockElements * blockBytes;
  }

  /** Appends elements, a whole number of blocks. */
  void encode(float[] values, int count, ByteBuffer out) {
    switch (this) {
      case F32 -> {
        for (int i = 0; i < count; i++) {
          out.putFloat(values[i]);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          out.putShort(Float.floatToFloat16(values[i]));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          out.putShort(Bfloat16.fromFloat(values[i]));
        }
      }
      case Q8_0 -> {
        for (int block = 0; block < count; block += blockElements) {
          encodeBlock(values, block, out);
        }
      }
    }
  }

  /** Scale max|x|/127; each x over it, rounded half away from zero. */
  private static void encodeBlock(float[] values, int from, ByteBuffer out) {
    float largest = 0;
    for (int i = from; i < from + Q8_0.blockElements; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    float scale = largest / 127;
    float inverse = scale == 0 ? 0 : 1 / scale;
    out.putShort(Float.floatToFloat16(scale));
    for (int i = from; i < from + Q8_0.blockElements; i++) {
      float scaled = values[i] * inverse;
      // The sum in double: in fp32 the number before ½ would round up to 1.
      out.put((byte) (Math.signum(scaled) * Math.floor(Math.abs(scaled) + 0.5)));
    }
  }
}
