package dev.sifter.model.lora;

import static org.assertj.core.api.Assertions.assertThat;

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
}
