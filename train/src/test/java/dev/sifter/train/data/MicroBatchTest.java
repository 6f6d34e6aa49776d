package dev.sifter.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MicroBatchTest {
  private static final int NO = Example.IGNORED;
  private static final Example PACKED =
      new Example(new int[] {1, 2, 3, 4, 5}, new int[] {1, NO, 3, 4, 5}, new int[] {3, 2});
  private static final Example SINGLE = Example.of(new int[] {6, 7}, new int[] {NO, 7});

  @Test
  void rowsPredictTheTokenAfterThemWithinADocument() {
    MicroBatch batch = MicroBatch.paddingFree(List.of(PACKED, SINGLE));

    assertThat(batch.tokens().ids()).containsExactly(1, 2, 3, 4, 5, 6, 7);
    assertThat(batch.tokens().positions()).containsExactly(0, 1, 2, 0, 1, 0, 1);
    // 1, 4 and 6 begin documents; 2 is not trained.
    assertThat(batch.labelRows()).containsExactly(1, 3, 5);
    assertThat(batch.targets()).containsExactly(3, 5, 7);
    assertThat(MicroBatch.numItemsInBatch(List.of(batch, batch))).isEqualTo(6);
  }

  @Test
  void paddingIsCountedButNeverMade() {
    List<Example> rows = List.of(PACKED, SINGLE);

    assertThat(MicroBatch.padded(rows, 1))
        .extracting(MicroBatch::numTokens, MicroBatch::computedTokens)
        .containsExactly(7, 10);
    assertThat(MicroBatch.padded(rows, 4))
        .extracting(MicroBatch::numTokens, MicroBatch::computedTokens)
        .containsExactly(7, 16);
    assertThat(MicroBatch.paddingFree(rows, 4))
        .extracting(MicroBatch::numTokens, MicroBatch::computedTokens)
        .containsExactly(8, 8);
    assertThat(MicroBatch.padded(rows, 4).tokens().ids()).hasSize(7);
  }
}
