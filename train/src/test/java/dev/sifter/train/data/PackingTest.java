package dev.sifter.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PackingTest {
  /** The example in the documentation of TRL's pack_dataset. */
  private static final List<Example> EXAMPLES =
      Stream.of(new int[] {1, 2, 3, 4, 5}, new int[] {6, 7}, new int[] {8, 9, 10}, new int[] {11})
          .map(ids -> Example.of(ids, ids.clone()))
          .toList();

  private static int[][] pack(PackingStrategy strategy) {
    return Packing.pack(EXAMPLES, 4, strategy).stream()
        .map(Example::inputIds)
        .toArray(int[][]::new);
  }

  @Test
  void bestFitCutsWhatIsTooLong() {
    assertThat(pack(PackingStrategy.BFD))
        .isDeepEqualTo(new int[][] {{1, 2, 3, 4}, {8, 9, 10, 11}, {6, 7}});
  }

  @Test
  void bestFitSplitsWhatIsTooLong() {
    assertThat(pack(PackingStrategy.BFD_SPLIT))
        .isDeepEqualTo(new int[][] {{1, 2, 3, 4}, {8, 9, 10, 5}, {6, 7, 11}});
  }

  @Test
  void wrappingKeepsTheShortEnd() {
    assertThat(pack(PackingStrategy.WRAPPED))
        .isDeepEqualTo(new int[][] {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11}});
  }

  @Test
  void documentsKeepTheirLengthsAndEmptyOnesVanish() {
    List<Example> examples =
        Stream.of(1, 0, 2).map(n -> Example.of(new int[n], new int[n])).toList();

    assertThat(Packing.pack(examples, 4, PackingStrategy.BFD))
        .singleElement()
        .extracting(Example::documentLengths)
        .isEqualTo(new int[] {2, 1});
  }

  @Test
  void strategiesHaveTrlsNames() {
    for (PackingStrategy strategy : PackingStrategy.values()) {
      assertThat(PackingStrategy.of(strategy.trlName())).isEqualTo(strategy);
    }
    assertThat(PackingStrategy.of("bfd-requeue")).isEqualTo(PackingStrategy.BFD_SPLIT);
    assertThatThrownBy(() -> PackingStrategy.of("ffd")).hasMessageContaining("bfd_split");
  }
}
