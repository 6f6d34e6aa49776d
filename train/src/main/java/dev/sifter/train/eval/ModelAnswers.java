package dev.sifter.train.eval;

import dev.sifter.train.eval.score.LogLikelihood;
import java.util.List;

/** What one model has answered before. */
interface ModelAnswers {
  /** Knows nothing and keeps nothing. */
  ModelAnswers NONE =
      new ModelAnswers() {
        @Override
        public Object get(String kind, List<String> arguments) {
          return null;
        }

        @Override
        public void put(String kind, List<String> arguments, Object answer) {}
      };

  /**
   * An answer: {@link LogLikelihood} or a text; null if there is none.
   *
   * @param kind of request, with all that the answer depends on besides model and arguments
   */
  Object get(String kind, List<String> arguments);

  /** Keeps an answer. */
  void put(String kind, List<String> arguments, Object answer);
}
