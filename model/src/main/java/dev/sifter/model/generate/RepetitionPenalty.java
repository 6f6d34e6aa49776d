package dev.sifter.model.generate;

import java.util.BitSet;

/**
 * Makes tokens that the sequence has, or its prompt, less probable (Keskar et al. 2019, CTRL): a
 * positive logit is divided by the penalty, a negative one multiplied, once however often the token
 * occurs.
 */
final class RepetitionPenalty implements LogitsProcessor {
  private final float penalty;
  private final boolean ofPromptOnly;
  private final BitSet seen;

  RepetitionPenalty(double penalty, boolean ofPromptOnly, int vocabSize) {
    this.penalty = (float) penalty;
    this.ofPromptOnly = ofPromptOnly;
    this.seen = new BitSet(vocabSize);
  }

  @Override
  public void process(TokenContext context, float[] logits) {
    seen.clear();
    int end = ofPromptOnly ? context.promptLength() : context.length();
    for (int i = 0; i < end; i++) {
      int token = context.tokens()[i];
      if (!seen.get(token)) {
        seen.set(token);
        logits[token] = logits[token] < 0 ? logits[token] * penalty : logits[token] / penalty;
      }
    }
  }
}
