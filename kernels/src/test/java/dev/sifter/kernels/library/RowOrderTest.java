package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RowOrderTest {
  @Test
  void theTermsOfARowLieBesideEachOtherInTheirOrder() {
    int[] order = RowOrder.of(new int[] {7, 3, 7, 0, 3, 7});

    assertThat(order).containsExactly(3, 1, 4, 0, 2, 5, 1, 2, 0, 3, 0, 0);
  }

  @Test
  void everyTermIsInOneRun() {
    int[] rows = new Random(1).ints(1000, 0, 40).toArray();
    int[] order = RowOrder.of(rows);

    boolean[] seen = new boolean[rows.length];
    for (int begin = 0; begin < rows.length; begin += order[rows.length + begin]) {
      int terms = order[rows.length + begin];
      assertThat(terms).isPositive();
      for (int i = begin; i < begin + terms; i++) {
        assertThat(rows[order[i]]).isEqualTo(rows[order[begin]]);
        assertThat(seen[order[i]]).isFalse();
        seen[order[i]] = true;
        assertThat(i == begin || order[i] > order[i - 1]).isTrue();
        assertThat(i == begin || order[rows.length + i] == 0).isTrue();
      }
    }
    assertThat(seen).doesNotContain(false);
  }

  @Test
  void nothingHasNoOrder() {
    assertThat(RowOrder.of(new int[0])).isEmpty();
  }
}
