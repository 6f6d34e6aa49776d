package dev.sifter.model.generate;

/**
 * Nucleus sampling (Holtzman et al. 2020): in ascending order of probability, excludes tokens while
 * the sum of their probabilities is at most 1 − p. The most probable token always stays.
 *
 * <p>Rounding follows transformers: probabilities and running sums are fp32.
 */
final class TopP implements LogitsProcessor {
  private final float excludedMass;
  private final LogitOrder order;

  TopP(double p, int vocabSize) {
    this.excludedMass = (float) (1 - p);
    this.order = new LogitOrder(vocabSize);
  }

  @Override
  public void process(TokenContext context, float[] logits) {
    int count = order.sort(logits);
    Softmax softmax = Softmax.of(logits);
    double sum = 0;
    for (int i = 0; i < count - 1; i++) {
      int token = order.token(i);
      sum += softmax.probability(logits[token]);
      if ((float) sum <= excludedMass) {
        logits[token] = Float.NEGATIVE_INFINITY;
      }
    }
  }
}
