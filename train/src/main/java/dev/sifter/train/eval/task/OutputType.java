package dev.sifter.train.eval.task;

import java.util.Arrays;
import java.util.Locale;

/** What a task asks of the model. */
public enum OutputType {
  /** How probable is this continuation of that context? */
  LOGLIKELIHOOD,
  /** How probable is this text? */
  LOGLIKELIHOOD_ROLLING,
  /** What does the model write, up to a stop string? */
  GENERATE_UNTIL,
  /** Which of these choices is the most probable? */
  MULTIPLE_CHOICE;

  /** The name in task files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The type of this name in task files.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static OutputType of(String key) {
    return Arrays.stream(values())
        .filter(type -> type.key().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "output_type '%s' is unknown; there are %s"
                        .formatted(key, Arrays.stream(values()).map(OutputType::key).toList())));
  }
}
