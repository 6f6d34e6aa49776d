package dev.sifter.train.demo;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The kinds of problem of the demonstration. Each has an answer that a program can check, several
 * wordings, and far more operands than a training run sees; a small model can learn the rule, not
 * the list.
 */
enum DemoTask {
  /** A two-digit number plus a one-digit number. */
  ARITHMETIC {
    @Override
    DemoItem draw(Draw draw) {
      int a = draw.between(10, 99);
      int b = draw.between(1, 9);
      String answer = String.valueOf(a + b);
      String statement =
          draw.of(List.of("%1$d plus %2$d is %3$s.", "%1$d + %2$d = %3$s."))
              .formatted(a, b, answer);
      String question =
          draw.of(List.of("What is %d plus %d?", "Work out %d + %d.", "%d plus %d makes what?"))
              .formatted(a, b);
      return item(a + "+" + b, statement, question, answer);
    }
  },

  /** Which of three quoted words. */
  TEXT {
    @Override
    DemoItem draw(Draw draw) {
      List<String> words = distinct(draw, WORDS, 3);
      int place = draw.between(0, 2);
      String which = PLACES.get(place);
      String list = "\"%s\", \"%s\", \"%s\"".formatted(words.toArray());
      String answer = words.get(place);
      int other = (place + draw.between(1, 2)) % 3;
      String statement =
          "Of %s the %s word is \"%s\" and the %s word is \"%s\"."
              .formatted(list, which, answer, PLACES.get(other), words.get(other));
      String question =
          draw.of(
                  List.of(
                      "What is the %2$s word of %1$s?",
                      "From %1$s take the %2$s word.", "Which word comes %2$s in %1$s?"))
              .formatted(list, which);
      return item(String.join(",", words), statement, question, answer);
    }
  },

  /** A calendar date from digits to words. */
  DATES {
    @Override
    DemoItem draw(Draw draw) {
      LocalDate date =
          LocalDate.of(draw.between(1900, 2099), draw.between(1, 12), draw.between(1, 28));
      String answer =
          "%d %s %d"
              .formatted(
                  date.getDayOfMonth(), MONTHS.get(date.getMonthValue() - 1), date.getYear());
      String statement =
          draw.of(List.of("The date %s is \"%s\".", "%s is written \"%s\"."))
              .formatted(date, answer);
      String question =
          draw.of(
                  List.of(
                      "Write the date %s in words.", "Which day is %s?", "Put %s the long way."))
              .formatted(date);
      return item(date.toString(), statement, question, answer);
    }
  },

  /** A measure in a smaller unit. */
  UNITS {
    @Override
    DemoItem draw(Draw draw) {
      Unit unit = draw.of(Unit.ALL);
      int amount = draw.between(2, 99);
      String answer = amount + "0".repeat(unit.zeros) + " " + unit.small;
      String statement =
          draw.of(List.of("%d %s is \"%s\".", "A measure of %d %s equals \"%s\"."))
              .formatted(amount, unit.large, answer);
      String question =
          draw.of(
                  List.of(
                      "How many %3$s are %1$d %2$s?",
                      "Convert %1$d %2$s to %3$s.", "Give %1$d %2$s in %3$s."))
              .formatted(amount, unit.large, unit.small);
      return item(amount + unit.large + unit.small, statement, question, answer);
    }
  },

  /** A number from a short list. */
  LOOKUP {
    @Override
    DemoItem draw(Draw draw) {
      List<String> names = distinct(draw, WORDS, 3);
      int[] counts = {draw.between(1, 99), draw.between(1, 99), draw.between(1, 99)};
      int asked = draw.between(0, 2);
      String list =
          "%s %d, %s %d, %s %d"
              .formatted(names.get(0), counts[0], names.get(1), counts[1], names.get(2), counts[2]);
      String answer = String.valueOf(counts[asked]);
      int other = (asked + draw.between(1, 2)) % 3;
      String statement =
          "%s: %s. For %s the number is %s, for %s the number is %s."
              .formatted(
                  draw.of(List.of("Stock", "List")),
                  list,
                  names.get(asked),
                  answer,
                  names.get(other),
                  counts[other]);
      String question =
          draw.of(
                  List.of(
                      "Stock: %s. What is the number for %s?",
                      "List: %s. What stands under %s?",
                      "Here is a list: %s. Tell me the number of %s."))
              .formatted(list, names.get(asked));
      return item(list, statement, question, answer);
    }
  };

  private static final List<String> WORDS =
      List.of(
          "apple",
          "bread",
          "chair",
          "cloud",
          "desk",
          "door",
          "egg",
          "field",
          "fish",
          "flower",
          "garden",
          "glass",
          "hat",
          "horse",
          "house",
          "island",
          "lamp",
          "leaf",
          "lemon",
          "letter",
          "moon",
          "mountain",
          "orange",
          "paper",
          "pear",
          "pencil",
          "plum",
          "rain",
          "ring",
          "river",
          "road",
          "sand",
          "ship",
          "shoe",
          "snow",
          "spoon",
          "star",
          "stone",
          "table",
          "tree");

  private static final List<String> PLACES = List.of("first", "second", "third");

  private static final List<String> MONTHS =
      List.of(
          "January",
          "February",
          "March",
          "April",
          "May",
          "June",
          "July",
          "August",
          "September",
          "October",
          "November",
          "December");

  /** A unit, the smaller one it is expressed in, and the zeros between them. */
  private record Unit(String large, String small, int zeros) {
    static final List<Unit> ALL =
        List.of(
            new Unit("m", "cm", 2),
            new Unit("cm", "mm", 1),
            new Unit("km", "m", 3),
            new Unit("kg", "g", 3),
            new Unit("l", "ml", 3),
            new Unit("t", "kg", 3));
  }

  /** A random problem of this kind, in random words. */
  abstract DemoItem draw(Draw draw);

  DemoItem item(String operands, String statement, String question, String answer) {
    String task = name().toLowerCase(Locale.ROOT);
    return new DemoItem(task, task + ":" + operands, statement, question, answer);
  }

  private static List<String> distinct(Draw draw, List<String> from, int count) {
    List<String> chosen = new ArrayList<>();
    while (chosen.size() < count) {
      String word = draw.of(from);
      if (!chosen.contains(word)) {
        chosen.add(word);
      }
    }
    return chosen;
  }
}
