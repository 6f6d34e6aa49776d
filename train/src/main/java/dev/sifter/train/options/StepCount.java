package dev.sifter.train.options;

/** Options that are a number of optimizer steps, or below 1 a share of all, as in transformers. */
public final class StepCount {
  private StepCount() {}

  /** The steps that an option means in a run of {@code totalSteps}; a share is rounded up. */
  public static long of(double option, long totalSteps) {
    return option >= 1 ? (long) option : (long) Math.ceil(option * totalSteps);
  }

  /** Whether an option is a share, or a whole number. */
  public static boolean isValid(double option) {
    return option > 0 && (option < 1 || option == Math.rint(option));
  }

  /** Whether one option is surely a multiple of another in every run. */
  public static boolean isMultiple(double option, double of) {
    // Shares such as 0.3 and 0.1 are compared as millionths, which transformers does too.
    return option < 1 == of < 1 && option * 1e6 % (of * 1e6) == 0;
  }
}
