package dev.sifter.engine.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentsTest {
  @Test
  void packedDocumentsFollowOneAnother() {
    Segments segments = Segments.packed(3, 0, 5);
    assertThat(segments.count()).isEqualTo(3);
    assertThat(segments.queryStart(2)).isEqualTo(3);
    assertThat(segments.keyStart(2)).isEqualTo(3);
    assertThat(segments.queryRows()).isEqualTo(8);
    assertThat(segments.keyRows()).isEqualTo(8);
  }

  @Test
  void cachedSequencesKeepTheirOwnKeyRanges() {
    Segments segments = Segments.cached(new int[] {1, 4}, new int[] {100, 0}, new int[] {20, 9});
    assertThat(segments.queryStart(1)).isEqualTo(1);
    assertThat(segments.queryRows()).isEqualTo(5);
    assertThat(segments.keyRows()).isEqualTo(120);
  }

  @Test
  void nothingAtAll() {
    assertThat(Segments.packed().queryRows()).isZero();
    assertThat(Segments.packed().keyRows()).isZero();
  }

  @Test
  void impossibleRangesAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Segments.packed(3, -1))
        .withMessageContaining("-1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Segments.packed(Integer.MAX_VALUE, 2))
        .withMessageContaining("2147483649");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Segments.cached(new int[] {3}, new int[] {0}, new int[] {2}))
        .withMessage("3 new tokens, but only 2 keys");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Segments.cached(new int[] {1}, new int[] {-4}, new int[] {2}))
        .withMessageContaining("-4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Segments.cached(new int[] {1, 1}, new int[] {0}, new int[] {2, 2}))
        .withMessage("2 sequences, but 1 first key rows and 2 numbers of keys");
    int late = Integer.MAX_VALUE - 4;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Segments.cached(new int[] {1}, new int[] {late}, new int[] {5}))
        .withMessage("5 keys cannot begin at row 2147483643");
  }

  /** Counted pair by pair, as the mask is defined: key i ≤ query j, and i > j − window. */
  @ParameterizedTest(name = "window {0}")
  @ValueSource(ints = {0, 1, 4, 50})
  void scoredPairsAreThoseOfTheMask(int window) {
    int[] queries = {7, 0, 3, 1};
    int[] keys = {7, 5, 9, 30};
    long pairs = 0;
    for (int d = 0; d < queries.length; d++) {
      for (int j = keys[d] - queries[d]; j < keys[d]; j++) {
        for (int i = 0; i <= j; i++) {
          pairs += window == 0 || i > j - window ? 1 : 0;
        }
      }
    }
    assertThat(Segments.cached(queries, new int[4], keys).scoredPairs(window)).isEqualTo(pairs);
  }
}
