package dev.sifter.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringFilterTest {
  @Test
  void holdsBackWhatMayBeginAStopString() {
    StopStringFilter filter = new StopStringFilter(List.of("</s>", "\nQ:"));
    assertThat(filter.accept("one <")).isEqualTo("one ");
    assertThat(filter.accept("/s")).isEmpty();
    assertThat(filter.accept("p>")).isEqualTo("</sp>");
    assertThat(filter.accept(" two\n")).isEqualTo(" two");
    assertThat(filter.accept("Q: three")).isEmpty();
    assertThat(filter.stopped()).isTrue();
    assertThat(filter.accept("more")).isEmpty();
    assertThat(filter.finish()).isEmpty();
  }

  @Test
  void givesHeldBackTextAtTheEnd() {
    StopStringFilter filter = new StopStringFilter(List.of("END"));
    assertThat(filter.accept("the EN")).isEqualTo("the ");
    assertThat(filter.finish()).isEqualTo("EN");
  }

  /** However the text is cut into pieces, what passes is the text before the first stop string. */
  @Test
  void doesNotDependOnThePieces() {
    long seed = 20261123;
    Random random = new Random(seed);
    List<String> stops = List.of("aab", "bb", "abab");
    for (int round = 0; round < 2000; round++) {
      StringBuilder text = new StringBuilder();
      StopStringFilter filter = new StopStringFilter(stops);
      StringBuilder passed = new StringBuilder();
      for (int i = 0; i < 12; i++) {
        String character = random.nextInt(3) == 0 ? "b" : "a";
        text.append(character);
        passed.append(filter.accept(character));
      }
      passed.append(filter.finish());
      assertThat(passed).as("seed %d text %s", seed, text).hasToString(cut(text, stops));
    }
  }

  /** The text before the stop string that is complete first. */
  private static String cut(StringBuilder text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      String head = text.substring(0, end);
      int first = -1;
      for (String stop : stops) {
        int at = head.indexOf(stop);
        first = at >= 0 && (first < 0 || at < first) ? at : first;
      }
      if (first >= 0) {
        return head.substring(0, first);
      }
    }
    return text.toString();
  }
}
