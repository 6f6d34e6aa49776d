package dev.sifter.model.generate;

import java.util.Arrays;

/**
 * Entropy-bounded sampling: of the 100 most probable tokens, in descending order, keeps as many as
 * their terms −p ln p add up to a fraction of the entropy at most. The most probable always stays.
 *
 * <p>Rounding follows transformers: terms and running sums are fp32.
 */
final class TopH implements LogitsProcessor {
  private static final int MOST_PROBABLE = 100;

  private final float fraction;
  private final LogitOrder order;
  private final float[] negated;

  TopH(double fraction, int vocabSize) {
    this.fraction = (float) fraction;
    this.order = new LogitOrder(vocabSize);
    this.negated = new float[vocabSize];
  }

  @Override
  public void process(TokenContext context, float[] logits) {
    for (int i = 0; i < logits.length; i++) {
      negated[i] = -logits[i];
    }
    float[] top = new float[Math.min(order.sort(negated), MOST_PROBABLE)];
    for (int i = 0; i < top.length; i++) {
      top[i] = logits[order.token(i)];
    }
    Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    Softmax softmax = Softmax.of(top);
    float bound = softmax.entropy(top) * fraction;
    double sum = 0;
    for (int i = 0; i < top.length; i++) {
      float p = softmax.probability(top[i]);
      sum -= p * (float) Math.log(p);
      if (i == 0 || (float) sum <= bound) {
        logits[order.token(i)] = top[i];
      }
    }
  }
}
