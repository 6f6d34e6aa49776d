package dev.sifter.train.eval;

import dev.sifter.train.eval.EvalSample.LogLikelihood;

/** Hears the log-likelihood of each text as soon as it is known. */
@FunctionalInterface
interface ScoreListener {
  /**
   * A text is scored.
   *
   * @param text its index
   */
  void scored(int text, LogLikelihood score);
}
