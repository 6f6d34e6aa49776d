package dev.sifter.tests.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.train.data.Example;
import dev.sifter.train.data.MicroBatch;
import dev.sifter.train.sft.SftBatches;
import dev.sifter.train.sft.SftConfig;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the options of a run make of the counts of a batch: rows of 10, 10 and 4 tokens. Expected
 * counts were printed by TRL 1.13.0: tokens of its attention mask, or of the flat row, and all
 * tokens of {@code input_ids}.
 */
class RunBatchesTest {
  @ParameterizedTest
  @CsvSource({
    "false, bfd, false, 1, 24, 30",
    "false, bfd, false, 8, 24, 48",
    "false, bfd, true, 8, 24, 24",
    "true, bfd, false, 1, 24, 24",
    "true, bfd_split, false, 1, 24, 24",
    "true, wrapped, false, 1, 24, 30",
    "true, wrapped, false, 8, 24, 48",
    "true, wrapped, true, 8, 24, 24"
  })
  void countsAreThoseOfTheCollator(
      boolean packing,
      String strategy,
      boolean paddingFree,
      int multiple,
      int numTokens,
      int computedTokens) {
    SftConfig config = new SftConfig();
    config.packing = packing;
    config.packingStrategy = strategy;
    config.paddingFree = paddingFree;
    config.padToMultipleOf = multiple;
    List<Example> rows = IntStream.of(10, 10, 4).mapToObj(RunBatchesTest::row).toList();
    MicroBatch batch = SftBatches.training(config, rows).batches(0).getFirst();
    assertThat(batch.numTokens()).isEqualTo(numTokens);
    assertThat(batch.computedTokens()).isEqualTo(computedTokens);
    assertThat(batch.rowLength()).isEqualTo(computedTokens == 24 ? 24 : computedTokens / 3);
  }

  private static Example row(int length) {
    int[] ids = IntStream.range(0, length).toArray();
    return Example.of(ids, ids);
  }
}
