package dev.sifter.train.eval.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PrefixGroupTest {
  private static Family family(int text, int prefix, int prefixLength, int... rest) {
    int[] context =
        IntStream.concat(
                IntStream.range(0, prefixLength).map(i -> 1000 * prefix + i), IntStream.of(rest))
            .toArray();
    return new Family(context, context.length - 1, List.of(text));
  }

  @Test
  void whatBeginsAlikeIsOneGroup() {
    List<Family> families = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      families.add(family(2 * i, 1, 300, 7, i));
      families.add(family(2 * i + 1, 2, 100, 8, i, i));
    }
    List<Family> alone = new ArrayList<>();
    List<PrefixGroup> groups = PrefixGroup.of(families, alone);
    assertThat(alone).isEmpty();
    assertThat(groups).extracting(PrefixGroup::length).containsExactly(301, 101);
    assertThat(groups).allSatisfy(group -> assertThat(group.families()).hasSize(20));
  }

  @Test
  void littleInCommonIsNotWorthAGroup() {
    List<Family> alone = new ArrayList<>();
    List<Family> short1 = List.of(family(0, 1, 20, 1), family(1, 1, 20, 2));
    assertThat(PrefixGroup.of(short1, alone)).isEmpty();
    assertThat(alone).hasSize(2);
    alone.clear();
    List<Family> few = List.of(family(0, 1, 100, 1), family(1, 1, 100, 2));
    assertThat(PrefixGroup.of(few, alone)).isEmpty();
    assertThat(alone).hasSize(2);
  }

  /** The same question twice, or one that is the beginning of another. */
  @Test
  void everyQuestionKeepsATokenToBeReadForItself() {
    List<Family> families = List.of(family(0, 1, 900), family(1, 1, 900, 5), family(2, 1, 900, 6));
    List<PrefixGroup> groups = PrefixGroup.of(families, new ArrayList<>());
    assertThat(groups).singleElement().extracting(PrefixGroup::length).isEqualTo(899);
  }
}
