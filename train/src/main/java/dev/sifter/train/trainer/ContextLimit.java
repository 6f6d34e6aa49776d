package dev.sifter.train.trainer;

import dev.sifter.model.config.ModelConfig;

/** The longest sequence that a model can be given, checked before a run begins. */
public final class ContextLimit {
  private ContextLimit() {}

  /**
   * Refuses rows that the model cannot read.
   *
   * @param rows what they are, for the message
   * @param longest tokens of the longest sequence among them
   * @throws IllegalArgumentException if that is more than the model was made for
   */
  public static void require(String rows, int longest, ModelConfig model) {
    int most = model.longestSequence();
    if (longest > most) {
      throw new IllegalArgumentException(
          "the longest of the %s has %d tokens; the model was made for at most %d: set max_length: %d"
              .formatted(rows, longest, most, most));
    }
  }
}
