package dev.sifter.model.generate;

import java.util.List;

/**
 * Makes end tokens more probable the longer an answer is: n tokens after the start, an end token's
 * logit x becomes x + |x| (factorⁿ − 1). An end token that is excluded stays so, where
 * transformers' sum of −∞ and ∞ is no number.
 */
final class EndGrowth implements LogitsProcessor {
  private final LogitsRules.LengthPenalty penalty;
  private final List<Integer> endTokens;

  EndGrowth(LogitsRules.LengthPenalty penalty, List<Integer> endTokens) {
    this.penalty = penalty;
    this.endTokens = endTokens.stream().distinct().toList();
  }

  @Override
  public void process(TokenContext context, float[] logits) {
    int beyond = context.length() - context.promptLength() - penalty.start();
    if (beyond <= 0) {
      return;
    }
    float growth = (float) (Math.pow(penalty.factor(), beyond) - 1);
    for (int token : endTokens) {
      if (token >= 0 && token < logits.length && logits[token] != Float.NEGATIVE_INFINITY) {
        logits[token] += Math.abs(logits[token]) * growth;
      }
    }
  }
}
