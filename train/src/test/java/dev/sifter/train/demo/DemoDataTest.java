package dev.sifter.train.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demonstration's problems, solved again from their questions alone. */
class DemoDataTest {
  /** Metres, grams and millilitres of each unit. */
  private static final Map<String, BigDecimal> UNITS =
      Map.of(
          "m", new BigDecimal("1"),
          "cm", new BigDecimal("0.01"),
          "mm", new BigDecimal("0.001"),
          "km", new BigDecimal("1000"),
          "g", new BigDecimal("1"),
          "kg", new BigDecimal("1000"),
          "t", new BigDecimal("1000000"),
          "l", new BigDecimal("1000"),
          "ml", new BigDecimal("1"));

  private static final DateTimeFormatter IN_WORDS =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH);

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 42, -7, Long.MAX_VALUE})
  void heldOutProblemsAreNowhereElse(long seed) {
    DemoData data = DemoData.generate(seed, 3000, 2000, 300);
    assertThat(data.statements()).hasSize(3000);
    assertThat(data.conversations()).hasSize(2000);
    assertThat(data.heldOut()).hasSize(300);
    Set<String> held = new HashSet<>();
    data.heldOut().forEach(item -> assertThat(held.add(item.key())).isTrue());
    Stream.concat(data.statements().stream(), data.conversations().stream())
        .forEach(item -> assertThat(held).doesNotContain(item.key()));
    assertThat(data).isEqualTo(DemoData.generate(seed, 3000, 2000, 300));
  }

  @Test
  void seedsDiffer() {
    assertThat(DemoData.generate(1, 50, 50, 50)).isNotEqualTo(DemoData.generate(2, 50, 50, 50));
  }

  @Test
  void aHeldOutProblemInTheTrainingDataIsRefused() {
    DemoItem item = new DemoItem("arithmetic", "arithmetic:1+1", "1 + 1 = 2.", "1 + 1?", "2");
    assertThatThrownBy(() -> new DemoData(List.of(item), List.of(), List.of(item)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("arithmetic:1+1");
    assertThatThrownBy(() -> new DemoData(List.of(), List.of(), List.of(item, item)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("twice");
  }

  @Test
  void everyAnswerIsRight() {
    DemoData data = DemoData.generate(11, 0, 5000, 500);
    Set<String> kinds = new HashSet<>();
    for (DemoItem item :
        Stream.concat(data.conversations().stream(), data.heldOut().stream()).toList()) {
      kinds.add(item.task());
      assertThat(item.answer()).as(item.question()).isEqualTo(solve(item));
      assertThat(item.statement()).as(item.question()).contains(item.answer());
    }
    assertThat(kinds).containsExactlyInAnyOrder("arithmetic", "text", "dates", "units", "lookup");
  }

  private static String solve(DemoItem item) {
    String question = item.question();
    return switch (item.task()) {
      case "arithmetic" ->
          String.valueOf(all("\\d+", question).stream().mapToInt(m -> number(m)).sum());
      case "text" -> swapped(question);
      case "dates" ->
          LocalDate.parse(all("\\d{4}-\\d{2}-\\d{2}", question).getFirst().group())
              .format(IN_WORDS);
      case "units" -> converted(question);
      case "lookup" -> lookedUp(question);
      default -> throw new AssertionError(item.task());
    };
  }

  private static int number(MatchResult match) {
    return Integer.parseInt(match.group());
  }

  private static List<MatchResult> all(String regex, String text) {
    return Pattern.compile(regex).matcher(text).results().toList();
  }

  private static String swapped(String question) {
    MatchResult words = all("\"(\\w+) and (\\w+)\"", question).getFirst();
    return words.group(2) + " and " + words.group(1);
  }

  /** Units are compared as quantities, whatever the order in which the question names them. */
  private static String converted(String question) {
    MatchResult amount = all("(\\d+) (\\w+)", question).getFirst();
    String large = amount.group(2);
    Matcher other =
        Pattern.compile("How many (\\w+) are|to (\\w+)\\.|in (\\w+)\\.").matcher(question);
    assertThat(other.find()).as(question).isTrue();
    String small =
        Stream.of(other.group(1), other.group(2), other.group(3))
            .filter(name -> name != null)
            .findFirst()
            .orElseThrow();
    BigDecimal result =
        new BigDecimal(amount.group(1)).multiply(UNITS.get(large)).divide(UNITS.get(small));
    return result.toBigIntegerExact() + " " + small;
  }

  /** The last number of the question is the one asked for; the table has it before its word. */
  private static String lookedUp(String question) {
    String asked = all("\\d+", question).getLast().group();
    return all(asked + " \"(\\w+)\"", question).getFirst().group(1);
  }
}
