package dev.sifter.model.generate;

/**
 * Locally typical sampling (Meister et al. 2022): keeps the tokens whose information −ln p is
 * nearest to the entropy, as many as add up to a probability, and those that are as near.
 *
 * <p>Rounding follows transformers: distances and running sums are fp32.
 */
final class TypicalP implements LogitsProcessor {
  private final float mass;
  private final LogitOrder order;
  private final float[] distances;

  TypicalP(double mass, int vocabSize) {
    this.mass = (float) mass;
    this.order = new LogitOrder(vocabSize);
    this.distances = new float[vocabSize];
  }

  @Override
  public void process(TokenContext context, float[] logits) {
    Softmax softmax = Softmax.of(logits);
    float entropy = softmax.entropy(logits);
    for (int i = 0; i < logits.length; i++) {
      distances[i] =
          logits[i] == Float.NEGATIVE_INFINITY
              ? Float.NEGATIVE_INFINITY
              : Math.abs(-softmax.logProbability(logits[i]) - entropy);
    }
    int count = order.sort(distances);
    int last = 0;
    double sum = 0;
    for (; last < count - 1; last++) {
      sum += softmax.probability(logits[order.token(last)]);
      if ((float) sum >= mass) {
        break;
      }
    }
    for (int i = last + 1; i < count; i++) {
      if (distances[order.token(i)] > distances[order.token(last)]) {
        logits[order.token(i)] = Float.NEGATIVE_INFINITY;
      }
    }
  }
}
