package dev.sifter.model.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * Changes a row of logits before a token is chosen; an excluded token gets −∞.
 *
 * <p>An instance has working memory of its own and belongs to one thread.
 */
@FunctionalInterface
public interface LogitsProcessor {

  /**
   * Changes {@code logits} in place.
   *
   * @param history the sequence so far, prompt included
   * @param length how much of {@code history} is used
   * @param logits [vocabSize]
   */
  void process(int[] history, int length, float[] logits);

  /**
   * The processors of a configuration, in the order in which transformers applies them: those on
   * the history always, those that shape the distribution in sampling only.
   */
  static List<LogitsProcessor> of(GenerationConfig config, int vocabSize) {
    List<LogitsProcessor> chain = new ArrayList<>();
    if (config.repetitionPenalty() != 1) {
      chain.add(new RepetitionPenalty(config.repetitionPenalty(), vocabSize));
    }
    if (config.noRepeatNgramSize() > 0) {
      chain.add(new NoRepeatNgram(config.noRepeatNgramSize()));
    }
    if (!config.suppressTokens().isEmpty()) {
      chain.add((history, length, logits) -> TokenSampler.exclude(config.suppressTokens(), logits));
    }
    if (config.doSample()) {
      if (config.temperature() != 1) {
        chain.add(temperature(config.temperature()));
      }
      if (config.topK() > 0) {
        chain.add(new TopK(config.topK()));
      }
      if (config.topP() < 1) {
        chain.add(new TopP(config.topP(), vocabSize));
      }
      if (config.minP() > 0) {
        chain.add(new MinP(config.minP()));
      }
    }
    return chain;
  }

  /** Divides every logit by t: below 1 sharper, above 1 flatter. */
  private static LogitsProcessor temperature(double t) {
    float divisor = (float) t;
    return (history, length, logits) -> {
      for (int i = 0; i < logits.length; i++) {
        logits[i] /= divisor;
      }
    };
  }
}
