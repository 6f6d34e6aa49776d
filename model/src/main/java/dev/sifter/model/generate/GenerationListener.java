package dev.sifter.model.generate;

/** Hears of tokens and text as they come, on the thread that generates. */
public interface GenerationListener {
  /** Hears nothing. */
  GenerationListener SILENT = new GenerationListener() {};

  /**
   * A token was chosen.
   *
   * @param sequence index of the answer: the prompt's, where each has one
   * @return false to end this sequence
   */
  default boolean onToken(int sequence, int token) {
    return true;
  }

  /**
   * More text is certain. Joined, the pieces of a sequence are {@link Generation#text}.
   *
   * @param sequence index of the answer: the prompt's, where each has one
   */
  default void onText(int sequence, String text) {}
}
