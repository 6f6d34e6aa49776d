package dev.sifter.train.eval.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Numbers that CPython 3.11's random module gives. */
class PythonRandomTest {
  private static List<Integer> range(int end) {
    return IntStream.range(0, end).boxed().toList();
  }

  @Test
  void givesPythonsBits() {
    PythonRandom random = new PythonRandom(1234);
    assertThat(IntStream.range(0, 4).mapToLong(i -> Integer.toUnsignedLong(random.nextInt())))
        .containsExactly(4150886329L, 3342196574L, 1892932127L, 501869158L);
    PythonRandom twisted = new PythonRandom(5);
    for (int i = 0; i < 999; i++) {
      twisted.nextInt();
    }
    assertThat(twisted.nextInt()).isEqualTo(142892084);
  }

  @Test
  void givesPythonsDoubles() {
    PythonRandom random = new PythonRandom(0);
    assertThat(random.random()).isEqualTo(0.8444218515250481);
    assertThat(random.random()).isEqualTo(0.7579544029403025);
    assertThat(new PythonRandom((1L << 40) + 7).random()).isEqualTo(0.6137037779936511);
  }

  /** Small populations are sampled from a shrinking pool, large ones by rejection. */
  @Test
  void samplesAsPythonDoes() {
    PythonRandom random = new PythonRandom(1234);
    assertThat(random.sample(range(12), 2)).containsExactly(7, 1);
    assertThat(random.sample(range(12), 2)).containsExactly(0, 1);
    assertThat(random.sample(range(1000), 3)).containsExactly(932, 965, 961);
    assertThat(random.sample(range(100), 7)).containsExactly(74, 4, 85, 88, 10, 12, 98);
    assertThatThrownBy(() -> random.sample(range(3), 4)).hasMessage("cannot draw 4 of 3 items");
  }

  @Test
  void choosesAsPythonDoes() {
    PythonRandom random = new PythonRandom(42);
    assertThat(IntStream.range(0, 8).map(i -> random.choice(10)))
        .containsExactly(6, 0, 2, 2, 7, 6, 8, 0);
  }
}
