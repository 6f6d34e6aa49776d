package dev.sifter.train.eval.score;

/** Hears the log-likelihood of each text as soon as it is known. */
@FunctionalInterface
public interface ScoreListener {
  /**
   * A text is scored.
   *
   * @param text its index
   */
  void scored(int text, LogLikelihood score);
}
