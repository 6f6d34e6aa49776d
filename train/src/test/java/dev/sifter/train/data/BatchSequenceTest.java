package dev.sifter.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.train.trainer.ExampleBatches;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchSequenceTest {
  private static List<String> updates(BatchPlan plan, int count) {
    BatchSequence sequence = new BatchSequence(plan);
    List<String> updates = new ArrayList<>();
    for (int step = 0; step < count; step++) {
      BatchSequence.Update update = sequence.update(step);
      updates.add(
          update.epoch() + " " + update.microBatches().stream().map(Arrays::toString).toList());
    }
    return updates;
  }

  /** transformers' Trainer with seed 42, batch 2, accumulation 2, on seven examples. */
  @Test
  void takesTheExamplesInTheOrderOfTheReference() {
    BatchPlan plan = new BatchPlan(7, 2, 2, false, ExampleOrder.RANDOM, 42);

    assertThat(updates(plan, 6))
        .containsExactly(
            "0 [[1, 6], [3, 5]]",
            "0 [[4, 0], [2]]",
            "1 [[3, 1], [2, 4]]",
            "1 [[5, 0], [6]]",
            "2 [[2, 6], [4, 0]]",
            "2 [[3, 1], [5]]");
  }

  /** The same with data_seed 7. */
  @Test
  void theDataSeedDecidesTheOrder() {
    BatchPlan plan = new BatchPlan(7, 7, 1, false, ExampleOrder.RANDOM, 7);

    assertThat(updates(plan, 3))
        .containsExactly(
            "0 [[5, 0, 3, 1, 2, 6, 4]]", "1 [[1, 5, 3, 4, 0, 2, 6]]", "2 [[4, 5, 6, 0, 2, 1, 3]]");
  }

  @Test
  void theLastUpdateOfAnEpochTakesWhatIsLeft() {
    BatchPlan plan = new BatchPlan(5, 2, 2, false, ExampleOrder.SEQUENTIAL, 0);

    assertThat(plan.microBatchesPerEpoch()).isEqualTo(3);
    assertThat(updates(plan, 3))
        .containsExactly("0 [[0, 1], [2, 3]]", "0 [[4]]", "1 [[0, 1], [2, 3]]");
  }

  @Test
  void mayDropTheLastMicroBatch() {
    BatchPlan plan = new BatchPlan(5, 2, 2, true, ExampleOrder.SEQUENTIAL, 0);

    assertThat(updates(plan, 2)).containsExactly("0 [[0, 1], [2, 3]]", "1 [[0, 1], [2, 3]]");
    assertThatThrownBy(() -> new BatchPlan(1, 2, 1, true, ExampleOrder.SEQUENTIAL, 0))
        .hasMessageContaining("dataloader_drop_last");
  }

  @Test
  void anyUpdateCanBeAskedForDirectly() {
    BatchPlan plan = new BatchPlan(11, 2, 3, false, ExampleOrder.RANDOM, 3);
    BatchSequence resumed = new BatchSequence(plan);

    for (int step : new int[] {5, 0, 3}) {
      BatchSequence.Update update = resumed.update(step);
      String text =
          update.epoch() + " " + update.microBatches().stream().map(Arrays::toString).toList();
      assertThat(text).isEqualTo(updates(plan, 6).get(step));
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 0, 6", "2.5, 0, 5", "0.3, 0, 1", "3, 4, 4"})
  void countsTheUpdatesOfARun(double epochs, long maxSteps, long updates) {
    BatchPlan plan = new BatchPlan(5, 2, 2, false, ExampleOrder.SEQUENTIAL, 0);
    int[] row = {1, 2};
    List<Example> rows = Collections.nCopies(5, Example.of(row, row));

    assertThat(new ExampleBatches(rows, plan, true, 1).totalSteps(epochs, maxSteps))
        .isEqualTo(updates);
  }

  @Test
  void theFractionOfAnEpochCountsMicroBatches() {
    BatchPlan plan = new BatchPlan(5, 2, 2, false, ExampleOrder.SEQUENTIAL, 0);

    assertThat(plan.epochAfter(1)).isEqualTo(2 / 3.0);
    assertThat(plan.epochAfter(2)).isEqualTo(1);
    assertThat(plan.epochAfter(3)).isEqualTo(1 + 2 / 3.0);
  }
}
