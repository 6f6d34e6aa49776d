package dev.sifter.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.Rope;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sum and maximum of 33 million rotated elements, as torchtune's test of its position embedding
 * expects them. The input is too large to be stored beside the numbers and is drawn again.
 *
 * <p>The sum is less than 1e-4 of the sum of the elements' sizes, so that it shows how the input
 * and the angles are rounded. The published number has fp32 angles, as have we; the float64 result
 * beside it has not, differs by 4e-5, and is not compared. Those 4e-5, 0.09, are what is allowed;
 * rotating otherwise shifts such a sum by thousands.
 */
class TorchtuneRopeTest {
  private static final double PUBLISHED_MAXIMUM = 5.4546;
  private static final int SEQUENCES = 4;
  private static final int LENGTH = 2048;
  private static final int HEADS = 32;
  private static final int HEAD_DIM = 128;
  private static final int WIDTH = HEADS * HEAD_DIM;

  /** The largest are near 4, and their logarithms and cosines may be rounded otherwise. */
  @Test
  void drawsAsTorchDoes() {
    try (GoldenTensors inputs =
        GoldenTensors.open(Goldens.golden("others/torchtune-numeric/inputs.safetensors"))) {
      float[] stored = inputs.floats("seed0_randn_1x4096");
      assertThat(Closeness.maxDifference(new TorchRandom(0).normal(4096), stored))
          .isLessThanOrEqualTo(Math.ulp(4f));
      stored = inputs.floats("seed16_randn_2x32x64");
      assertThat(Closeness.maxDifference(new TorchRandom(16).normal(4096), stored))
          .isLessThanOrEqualTo(Math.ulp(4f));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.sifter.tests.TestBackends#names")
  void sumAndMaximum(String backend) {
    String test = "test_position_embeddings.py sum";
    double expectedSum = TorchtuneGoldensTest.golden(test).get("expected").asDouble();
    TorchRandom random = new TorchRandom(0);
    double sum = 0;
    double max = 0;
    for (int sequence = 0; sequence < SEQUENCES; sequence++) {
      for (float element : rotated(backend, halfSplit(random.normal(LENGTH * WIDTH)))) {
        sum += element;
        max = Math.max(max, element);
      }
    }
    assertThat(sum).isCloseTo(expectedSum, within(TorchtuneGoldensTest.PUBLISHED * expectedSum));
    assertThat(max).isCloseTo(PUBLISHED_MAXIMUM, within(5e-5));
  }

  private static float[] rotated(String backend, float[] sequence) {
    try (OpWorkspace work = OpWorkspace.inference(backend)) {
      Variable x = work.constant(sequence, LENGTH, WIDTH);
      Rope.Table angles = work.rope(1e4, HEAD_DIM, LENGTH);
      Variable y = Rope.apply(work.tape(), x, HEAD_DIM, angles, work.positions(1, LENGTH));
      return work.floats(y.value());
    }
  }

  /** torchtune's pair (2i, 2i + 1) of each head, brought to (i, i + headDim/2). */
  private static float[] halfSplit(float[] interleaved) {
    float[] result = new float[interleaved.length];
    for (int at = 0; at < result.length; at++) {
      int inHead = at % HEAD_DIM;
      result[at - inHead + inHead / 2 + inHead % 2 * (HEAD_DIM / 2)] = interleaved[at];
    }
    return result;
  }
}
