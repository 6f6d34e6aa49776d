package dev.sifter.train.optim;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The {@code lr_scheduler_kwargs} of one schedule, read with checks. */
final class ScheduleOptions {
  private final String type;
  private final Map<String, ?> values;

  /** Checks that there are no options but {@code known}. */
  ScheduleOptions(String type, Map<String, ?> values, Set<String> known) {
    this.type = type;
    this.values = values;
    for (String name : values.keySet()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "lr_scheduler_kwargs: %s has no option '%s'; it has %s"
                .formatted(type, name, known.isEmpty() ? "none" : new TreeSet<>(known)));
      }
    }
  }

  boolean has(String name) {
    return values.get(name) != null;
  }

  double number(String name, double otherwise) {
    Object value = values.get(name);
    return switch (value) {
      case null -> otherwise;
      case Number number -> number.doubleValue();
      default -> throw wrong(name, value, "a number");
    };
  }

  long count(String name, long otherwise) {
    double value = number(name, otherwise);
    if (value < 0 || value != Math.rint(value) || value > 1e15) {
      throw wrong(name, value, "a whole number from 0");
    }
    return (long) value;
  }

  String choice(String name, String otherwise, List<String> choices) {
    Object value = values.get(name) == null ? otherwise : values.get(name);
    if (!(value instanceof String text) || !choices.contains(text)) {
      throw wrong(name, value, "one of " + choices);
    }
    return text;
  }

  IllegalArgumentException missing(String names) {
    return new IllegalArgumentException(
        "%s needs %s in lr_scheduler_kwargs".formatted(type, names));
  }

  IllegalArgumentException wrong(String name, Object value, String wanted) {
    return new IllegalArgumentException(
        "lr_scheduler_kwargs: %s of %s is %s; it must be %s".formatted(name, type, value, wanted));
  }
}
