package dev.sifter.train.options;

/** Refusals of options: which, what it is, and what it must be. */
public final class OptionChecks {
  private OptionChecks() {}

  /** Refuses a value, naming the key and what it must do. */
  public static void require(boolean condition, String key, Object value, String demand) {
    if (!condition) {
      throw new IllegalArgumentException("%s is %s; it must %s".formatted(key, value, demand));
    }
  }

  /** Refuses a value that is not one of those listed. */
  public static void requireOneOf(String key, String value, String... choices) {
    for (String choice : choices) {
      if (choice.equals(value)) {
        return;
      }
    }
    require(false, key, value, "be one of " + String.join(", ", choices));
  }
}
