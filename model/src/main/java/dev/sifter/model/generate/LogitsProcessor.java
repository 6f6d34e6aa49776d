package dev.sifter.model.generate;

import java.util.ArrayList;
import java.util.Arrays;
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
   * @param context the sequence so far
   * @param logits [vocabSize]
   */
  void process(TokenContext context, float[] logits);

  /**
   * The processors of a configuration, in the order in which transformers applies them: those on
   * the sequence so far always, those that shape the distribution in sampling only.
   *
   * @throws IllegalArgumentException if a rule names an id that is no token's
   */
  static List<LogitsProcessor> of(GenerationConfig config, int vocabSize) {
    config.rules().checkVocabulary(vocabSize);
    List<LogitsProcessor> chain = new ArrayList<>();
    addPenalties(config, vocabSize, chain);
    addRules(config, chain);
    if (config.doSample()) {
      addCutoffs(config, vocabSize, chain);
    }
    if (config.rules().renormalizeLogits()) {
      chain.add((context, logits) -> Softmax.toLogProbabilities(logits));
    }
    return chain;
  }

  /** What makes tokens and runs of tokens less probable, or excludes them. */
  private static void addPenalties(
      GenerationConfig config, int vocabSize, List<LogitsProcessor> chain) {
    LogitsRules rules = config.rules();
    if (!rules.sequenceBias().isEmpty()) {
      chain.add(new SequenceBias(rules.sequenceBias(), vocabSize));
    }
    if (rules.encoderRepetitionPenalty() != 1) {
      chain.add(new RepetitionPenalty(1 / rules.encoderRepetitionPenalty(), true, vocabSize));
    }
    if (config.repetitionPenalty() != 1) {
      chain.add(new RepetitionPenalty(config.repetitionPenalty(), false, vocabSize));
    }
    if (config.noRepeatNgramSize() > 0) {
      chain.add(new NoRepeatNgram(config.noRepeatNgramSize(), false));
    }
    if (rules.encoderNoRepeatNgramSize() > 0) {
      chain.add(new NoRepeatNgram(rules.encoderNoRepeatNgramSize(), true));
    }
    List<List<Integer>> badWords = new ArrayList<>(rules.badWordsIds());
    badWords.removeIf(run -> run.size() == 1 && config.eosTokenIds().contains(run.getFirst()));
    if (!badWords.isEmpty()) {
      chain.add(SequenceBias.excluding(badWords, vocabSize));
    }
  }

  /** What depends on where in a sequence the next token stands, and what is never chosen. */
  private static void addRules(GenerationConfig config, List<LogitsProcessor> chain) {
    LogitsRules rules = config.rules();
    if (config.minLength() > 0 || config.minNewTokens() != null) {
      chain.add(
          (context, logits) -> {
            if (context.length() < config.earliestEnd(context.promptLength())) {
              exclude(config.eosTokenIds(), logits);
            }
          });
    }
    if (rules.forcedBosTokenId() != null) {
      chain.add(
          (context, logits) -> {
            if (context.length() == 1) {
              force(List.of(rules.forcedBosTokenId()), logits);
            }
          });
    }
    if (!rules.forcedEosTokenId().isEmpty()) {
      chain.add(
          (context, logits) -> {
            if (context.length() == context.limit() - 1) {
              force(rules.forcedEosTokenId(), logits);
            }
          });
    }
    if (rules.removeInvalidValues()) {
      chain.add((context, logits) -> makeFinite(logits));
    }
    if (rules.lengthPenalty() != null) {
      chain.add(new EndGrowth(rules.lengthPenalty(), config.eosTokenIds()));
    }
    if (!rules.suppressTokens().isEmpty()) {
      chain.add((context, logits) -> exclude(rules.suppressTokens(), logits));
    }
    if (!rules.beginSuppressTokens().isEmpty()) {
      chain.add(
          (context, logits) -> {
            boolean afterForced = context.promptLength() == 1 && rules.forcedBosTokenId() != null;
            if (context.length() == context.promptLength() + (afterForced ? 1 : 0)) {
              exclude(rules.beginSuppressTokens(), logits);
            }
          });
    }
  }

  private static void addCutoffs(
      GenerationConfig config, int vocabSize, List<LogitsProcessor> chain) {
    Cutoffs cutoffs = config.cutoffs();
    if (config.temperature() != 1) {
      chain.add(temperature(config.temperature()));
    }
    if (cutoffs.topH() != null) {
      chain.add(new TopH(cutoffs.topH(), vocabSize));
    }
    if (config.topK() > 0) {
      chain.add(new TopK(Math.min(config.topK(), vocabSize)));
    }
    if (config.topP() < 1) {
      chain.add(new TopP(config.topP(), vocabSize));
    }
    if (config.minP() > 0) {
      chain.add(new MinP(config.minP()));
    }
    if (cutoffs.typicalP() < 1) {
      chain.add(new TypicalP(cutoffs.typicalP(), vocabSize));
    }
    if (cutoffs.epsilonCutoff() > 0) {
      chain.add(ProbabilityCutoff.epsilon(cutoffs.epsilonCutoff()));
    }
    if (cutoffs.etaCutoff() > 0) {
      chain.add(ProbabilityCutoff.eta(cutoffs.etaCutoff()));
    }
  }

  /** Divides every logit by t: below 1 sharper, above 1 flatter. */
  private static LogitsProcessor temperature(double t) {
    float divisor = (float) t;
    return (context, logits) -> {
      for (int i = 0; i < logits.length; i++) {
        logits[i] /= divisor;
      }
    };
  }

  /** Excludes tokens; ids that are no token's say nothing. */
  private static void exclude(List<Integer> tokens, float[] logits) {
    for (int token : tokens) {
      if (token >= 0 && token < logits.length) {
        logits[token] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /** Excludes all other tokens, and makes these equal. */
  private static void force(List<Integer> tokens, float[] logits) {
    Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    tokens.forEach(token -> logits[token] = 0);
  }

  /** 0 for what is no number, the largest numbers for infinite ones. */
  private static void makeFinite(float[] logits) {
    for (int i = 0; i < logits.length; i++) {
      logits[i] =
          Float.isNaN(logits[i]) ? 0 : Math.clamp(logits[i], -Float.MAX_VALUE, Float.MAX_VALUE);
    }
  }
}
