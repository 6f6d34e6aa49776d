package dev.sifter.model.generate;

/**
 * The probabilities of a row of logits: computed in double and rounded to fp32, in which
 * transformers compares them.
 */
record Softmax(float max, double denominator) {

  static Softmax of(float[] logits) {
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double denominator = 0;
    for (float logit : logits) {
      denominator += Math.exp(logit - max);
    }
    return new Softmax(max, denominator);
  }

  /** Puts the logarithms of their probabilities in the place of logits. */
  static void toLogProbabilities(float[] logits) {
    Softmax softmax = of(logits);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = softmax.logProbability(logits[i]);
    }
  }

  float probability(float logit) {
    return (float) (Math.exp(logit - max) / denominator);
  }

  /** The logarithm of the probability. */
  float logProbability(float logit) {
    return (logit - max) - (float) Math.log(denominator);
  }

  /** −Σ p ln p of the logits that these are the probabilities of. */
  float entropy(float[] logits) {
    double sum = 0;
    for (float logit : logits) {
      if (logit != Float.NEGATIVE_INFINITY) {
        sum -= logProbability(logit) * probability(logit);
      }
    }
    return (float) sum;
  }
}
