package dev.sifter.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.random.RandomStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Corners that random fp32 numbers do not have; those are compared with PEFT's elsewhere. */
class TaskVectorsTest {
  private static float[] largest(double density, float... vector) {
    return TaskVectors.largest(List.of(vector), density).getFirst();
  }

  @Test
  void elementsAsLargeAsTheLeastThatIsKeptDoNotTakeALargerOnesPlace() {
    assertThat(largest(0.5, 1, -1, 1, 1, 2, -3)).containsExactly(1, 0, 0, 0, 2, -3);
    assertThat(largest(0.75, 0, 0, 0, 5)).containsExactly(0, 0, 0, 5);
    assertThat(largest(0.5, 1, 1, -1, 1)).containsExactly(1, 1, 0, 0);
  }

  @Test
  void aShareOfLessThanOneElementKeepsNone() {
    assertThat(largest(0.2, 1, 2, 3, 4)).containsOnly(0);
    assertThat(largest(1, 1, -2, 0, 4)).containsExactly(1, -2, 0, 4);
  }

  /**
   * Dropping leaves the expectation as it was: the share that stays is scaled up by its inverse.
   */
  @Test
  void whatDroppingLeavesIsScaledUp() {
    float[] ones = new float[10_000];
    Arrays.fill(ones, 1);
    List<float[]> two = TaskVectors.dropped(List.of(ones, ones), 0.25, new RandomStream(1, 2));

    for (float[] dropped : two) {
      assertThat(dropped).containsOnly(0, 4);
      int kept = 0;
      for (float value : dropped) {
        kept += value == 4 ? 1 : 0;
      }
      // Five standard deviations of a binomial.
      assertThat(kept).isCloseTo(2500, within(217));
    }
    assertThat(two.get(0)).as("each has numbers of its own").isNotEqualTo(two.get(1));
  }
}
