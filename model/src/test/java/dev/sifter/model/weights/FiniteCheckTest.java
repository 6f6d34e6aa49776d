package dev.sifter.model.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class FiniteCheckTest {
  @Test
  void agreesWithJavaOnEveryHalf() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float f16 = Float.float16ToFloat((short) bits);
      float bf16 = Float.intBitsToFloat(bits << 16);
      for (int place : new int[] {0, 2, 4}) {
        short[] values = {1, 2, 3, 4, 5};
        values[place] = (short) bits;
        assertThat(isFinite(DType.F16, MemorySegment.ofArray(values)))
            .as("f16 %04x at %d", bits, place)
            .isEqualTo(Float.isFinite(f16));
        assertThat(isFinite(DType.BF16, MemorySegment.ofArray(values)))
            .as("bf16 %04x at %d", bits, place)
            .isEqualTo(Float.isFinite(bf16));
      }
    }
  }

  @Test
  void agreesWithJavaOnFloatsAndDoubles() {
    float[] floats = {0, -0f, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -1.5f, 3};
    assertThat(isFinite(DType.F32, MemorySegment.ofArray(floats))).isTrue();
    double[] doubles = {0, -0d, Double.MAX_VALUE, -Double.MAX_VALUE, Double.MIN_VALUE};
    assertThat(isFinite(DType.F64, MemorySegment.ofArray(doubles))).isTrue();
    for (int at = 0; at < floats.length; at++) {
      for (float bad : new float[] {Float.NaN, 1f / 0, -1f / 0, Float.intBitsToFloat(-1)}) {
        float[] spoilt = floats.clone();
        spoilt[at] = bad;
        assertThat(isFinite(DType.F32, MemorySegment.ofArray(spoilt))).isFalse();
      }
    }
  }

  @Test
  void looksIntoEveryChunk() {
    float[] many = new float[(9 << 20) / 4];
    assertThat(isFinite(DType.F32, MemorySegment.ofArray(many))).isTrue();
    for (int at : new int[] {0, (4 << 20) / 4 - 1, (4 << 20) / 4, many.length - 1}) {
      many[at] = Float.NaN;
      assertThat(isFinite(DType.F32, MemorySegment.ofArray(many))).isFalse();
      many[at] = 0;
    }
  }

  private static boolean isFinite(DType dtype, MemorySegment array) {
    MemorySegment bytes = MemorySegment.ofArray(array.toArray(ValueLayout.JAVA_BYTE));
    Shape shape = Shape.of(bytes.byteSize() / dtype.bytes());
    return FiniteCheck.isFinite(new Tensor(dtype, shape, new Storage.Host(bytes), 0));
  }
}
