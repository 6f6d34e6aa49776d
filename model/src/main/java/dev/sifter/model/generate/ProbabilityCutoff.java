package dev.sifter.model.generate;

/**
 * Excludes tokens whose probability is below ε, or below η = min(ε, √ε e^−H), H being the entropy
 * (Hewitt et al. 2022). The most probable token always stays.
 */
final class ProbabilityCutoff implements LogitsProcessor {
  private final float epsilon;
  private final boolean lessWithEntropy;

  private ProbabilityCutoff(double epsilon, boolean lessWithEntropy) {
    this.epsilon = (float) epsilon;
    this.lessWithEntropy = lessWithEntropy;
  }

  static ProbabilityCutoff epsilon(double epsilon) {
    return new ProbabilityCutoff(epsilon, false);
  }

  static ProbabilityCutoff eta(double epsilon) {
    return new ProbabilityCutoff(epsilon, true);
  }

  @Override
  public void process(TokenContext context, float[] logits) {
    Softmax softmax = Softmax.of(logits);
    float threshold = lessWithEntropy ? eta(softmax.entropy(logits)) : epsilon;
    for (int i = 0; i < logits.length; i++) {
      if (softmax.probability(logits[i]) < threshold && logits[i] < softmax.max()) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  private float eta(float entropy) {
    return Math.min(epsilon, (float) Math.sqrt(epsilon) * (float) Math.exp(-entropy));
  }
}
