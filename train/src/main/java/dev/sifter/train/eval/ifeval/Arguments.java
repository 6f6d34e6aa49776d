package dev.sifter.train.eval.ifeval;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * The arguments of one instruction, as the data set has them: every argument of every instruction
 * is a key, those that do not belong are null.
 */
final class Arguments {
  private final String instruction;
  private final JsonNode values;

  Arguments(String instruction, JsonNode values) {
    this.instruction = instruction;
    this.values = values;
  }

  /** An argument; in the data set some numbers are written as 3.0. */
  int number(String name) {
    JsonNode value = values.path(name);
    if (!value.isNumber()) {
      throw missing(name, "a number");
    }
    return value.intValue();
  }

  String text(String name) {
    JsonNode value = values.path(name);
    if (!value.isTextual() || value.asText().isEmpty()) {
      throw missing(name, "a text");
    }
    return value.asText();
  }

  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    values.path(name).forEach(item -> texts.add(item.asText()));
    if (texts.isEmpty()) {
      throw missing(name, "a list of texts");
    }
    return texts;
  }

  /** Whether a count is "less than" or "at least" a number. */
  IntPredicate comparison(String relationName, String numberName) {
    int number = number(numberName);
    return switch (text(relationName)) {
      case "less than" -> count -> count < number;
      case "at least" -> count -> count >= number;
      default -> throw missing(relationName, "'less than' or 'at least'");
    };
  }

  private IllegalArgumentException missing(String name, String wanted) {
    return new IllegalArgumentException(
        "the instruction %s needs %s as '%s', but has %s"
            .formatted(instruction, wanted, name, values.path(name)));
  }
}
