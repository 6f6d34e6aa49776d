package dev.sifter.model.generate;

import java.util.BitSet;

/**
 * Makes tokens that the sequence has less probable (Keskar et al. 2019, CTRL): a positive logit is
 * divided by the penalty, a negative one multiplied, once however often the token occurs.
 */
final class RepetitionPenalty implements LogitsProcessor {
  private final float penalty;
  private final BitSet seen;

  RepetitionPenalty(double penalty, int vocabSize) {
    this.penalty = (float) penalty;
    this.seen = new BitSet(vocabSize);
  }

  @Override
  public void process(int[] history, int length, float[] logits) {
    seen.clear();
    for (int i = 0; i < length; i++) {
      int token = history[i];
      if (!seen.get(token)) {
        seen.set(token);
        logits[token] = logits[token] < 0 ? logits[token] * penalty : logits[token] / penalty;
      }
    }
  }
}
