package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WordCountsTest {
  private final PreTokenizer words =
      PreTokenizer.parse(
          new JsonAt(BpeTrainer.byteLevelDefinition(List.of(BpeTrainer.WORDS)), "")
              .get("pre_tokenizer"));

  /** GPT-2 cuts letters and spaces like these at every space, which goes with what follows it. */
  @Test
  void countsEveryWordOnceWhateverTheThreads() {
    Random random = new Random(11);
    List<String> texts =
        Stream.generate(() -> random.ints(30, 0, 900).mapToObj(this::word))
            .limit(3_000)
            .map(line -> line.collect(Collectors.joining(" ")))
            .toList();
    Map<String, Long> expected =
        texts.stream()
            .flatMap(text -> Arrays.stream(text.replace(" ", "\n ").split("\n")))
            .collect(Collectors.groupingBy(this::spelled, Collectors.counting()));
    assertThat(WordCounts.of(texts, words)).isEqualTo(expected);
  }

  private String word(int number) {
    return Integer.toString(number, 26).replaceAll("[0-9]", "é");
  }

  /** The space and é in GPT-2's alphabet of bytes. */
  private String spelled(String word) {
    return word.replace(" ", "Ġ").replace("é", "Ã©");
  }

  /** Whoever reads a terabyte is told at once of its fifth text. */
  @Test
  void nothingIsReadAfterAFailure() {
    AtomicInteger read = new AtomicInteger();
    Function<Integer, String> failing =
        number -> {
          read.incrementAndGet();
          if (number == 4) {
            throw new IllegalStateException("damaged");
          }
          return "text";
        };
    Iterator<String> texts = Stream.iterate(0, n -> n + 1).map(failing).iterator();
    assertThatThrownBy(() -> WordCounts.of(() -> texts, words)).hasMessageContaining("damaged");
    assertThat(read).hasValue(5);
  }
}
