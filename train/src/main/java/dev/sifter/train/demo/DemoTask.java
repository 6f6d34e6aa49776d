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
  /** A three-digit number plus a one-digit number, within the decade. */
  ARITHMETIC {
    @Override
    DemoItem draw(Draw draw) {
      int ones = draw.between(0, 8);
      int a = 10 * draw.between(10, 99) + ones;
      int b = draw.between(1, 9 - ones);
      String answer = String.valueOf(a + b);
      String statement =
          draw.of(List.of("%1$d plus %2$d is %3$s.", "%1$d + %2$d = %3$s."))
              .formatted(a, b, answer);
      String question =
          draw.of(List.of("What is %d plus %d?", "Work out %d + %d.", "%d plus %d makes what?"))
              .formatted(a, b);
      return item(draw, a + "+" + b, statement, question, answer);
    }
  },

  /** Two words in the other order. */
  TEXT {
    @Override
    DemoItem draw(Draw draw) {
      List<String> words = distinct(draw, WORDS, 2);
      String answer = words.get(1) + " and " + words.get(0);
      String statement =
          draw.of(
                  List.of(
                      "Swapped, \"%1$s and %2$s\" is \"%3$s\".",
                      "\"%1$s and %2$s\" turned round reads \"%3$s\"."))
              .formatted(words.get(0), words.get(1), answer);
      String question =
          draw.of(
                  List.of(
                      "Swap the words of \"%s and %s\".",
                      "Turn \"%s and %s\" round.", "What is \"%s and %s\" in the other order?"))
              .formatted(words.get(0), words.get(1));
      return item(draw, String.join(",", words), statement, question, answer);
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
      return item(draw, date.toString(), statement, question, answer);
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
      return item(draw, amount + unit.large + unit.small, statement, question, answer);
    }
  },

  /** The word beside a number, in a table of three. */
  LOOKUP {
    @Override
    DemoItem draw(Draw draw) {
      List<String> words = distinct(draw, WORDS, 3);
      String table = "1 \"%s\", 2 \"%s\", 3 \"%s\"".formatted(words.toArray());
      int number = draw.between(1, 3);
      String answer = words.get(number - 1);
      int second = number % 3 + 1;
      int third = second % 3 + 1;
      String statement =
          "Table: %s. Number %d is \"%s\", number %d is \"%s\", number %d is \"%s\"."
              .formatted(
                  table,
                  number,
                  answer,
                  second,
                  words.get(second - 1),
                  third,
                  words.get(third - 1));
      String question =
          draw.of(
                  List.of(
                      "Table: %s. Which word is number %d?",
                      "Look at %s and give me number %d.",
                      "In the table %s, what stands beside %d?"))
              .formatted(table, number);
      return item(draw, String.join(",", words), statement, question, answer);
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

  /** A problem whose document for pretraining is the statement, or as often question and answer. */
  DemoItem item(Draw draw, String operands, String statement, String question, String answer) {
    String task = name().toLowerCase(Locale.ROOT);
    boolean asks = draw.between(0, 1) == 1;
    String document = asks ? "%s It is \"%s\".".formatted(question, answer) : statement;
    return new DemoItem(task, task + ":" + operands, document, question, answer);
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
