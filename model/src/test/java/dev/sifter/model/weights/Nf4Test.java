package dev.sifter.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What the definition says of any numbers; the golden tests have what bitsandbytes makes of some.
 */
class Nf4Test {
  private final Random random = new Random(20261129);

  /** Normal numbers; each stretch of {@code length} is of another size. */
  private float[] numbers(int count, int length) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * (1 + 10 * (i / length));
    }
    return values;
  }

  private static double largest(float[] values, int from, int length, double offset) {
    double largest = 0;
    for (int i = from; i < Math.min(from + length, values.length); i++) {
      largest = Math.max(largest, Math.abs(values[i] - offset));
    }
    return largest;
  }

  private static void assertNearest(float[] map, int code, double value) {
    double nearest = Double.POSITIVE_INFINITY;
    for (float other : map) {
      nearest = Math.min(nearest, Math.abs(value - other));
    }
    assertThat(Math.abs(value - map[code])).isCloseTo(nearest, within(1e-6));
  }

  @Test
  void everyElementGetsTheNearestCode() {
    float[] values = numbers(3 * Nf4.BLOCK_SIZE + 5, Nf4.BLOCK_SIZE);
    Tensor tensor =
        new Tensor(
            DType.F32, Shape.of(values.length), new Storage.Host(MemorySegment.ofArray(values)), 0);
    Nf4.Blocks blocks = Nf4.quantize(tensor);
    assertThat(blocks.absmax()).hasSize(4);
    assertThat(blocks.codes()).hasSize(99);
    for (int i = 0; i < values.length; i++) {
      float absmax = blocks.absmax()[i / Nf4.BLOCK_SIZE];
      int block = i - i % Nf4.BLOCK_SIZE;
      assertThat((double) absmax).isEqualTo(largest(values, block, Nf4.BLOCK_SIZE, 0));
      int code = blocks.codes()[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15;
      assertNearest(Nf4.codeBook(), code, values[i] / absmax);
    }
    assertThat(Nf4.codeBook()[blocks.codes()[98] & 15]).as("what fills the last byte up").isZero();
  }

  @Test
  void everyScaleGetsTheNearestCode() {
    float[] scales = numbers(2 * Nf4.NESTED_BLOCK_SIZE + 88, Nf4.NESTED_BLOCK_SIZE);
    Nf4.NestedScales nested = Nf4.nest(scales);
    double sum = 0;
    for (float scale : scales) {
      sum += scale;
    }
    double mean = sum / scales.length;
    assertThat((double) nested.offset()).isCloseTo(mean, within(1e-6));
    assertThat(nested.absmax()).hasSize(3);
    for (int i = 0; i < scales.length; i++) {
      float absmax = nested.absmax()[i / Nf4.NESTED_BLOCK_SIZE];
      int block = i - i % Nf4.NESTED_BLOCK_SIZE;
      double largest = largest(scales, block, Nf4.NESTED_BLOCK_SIZE, mean);
      assertThat((double) absmax).isCloseTo(largest, within(1e-5));
      double value = (scales[i] - mean) / absmax;
      assertNearest(DynamicMap.SIGNED.values(), nested.codes()[i] & 0xFF, value);
    }
  }
}
