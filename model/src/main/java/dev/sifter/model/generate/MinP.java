package dev.sifter.model.generate;

/**
 * Excludes tokens whose probability is below a fraction of the largest one (Nguyen et al. 2024).
 * Probabilities are rounded to fp32 before they are compared, as in transformers.
 */
final class MinP implements LogitsProcessor {
  private final float fraction;

  MinP(double fraction) {
    this.fraction = (float) fraction;
  }

  @Override
  public void process(int[] history, int length, float[] logits) {
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double denominator = 0;
    for (float logit : logits) {
      denominator += Math.exp(logit - max);
    }
    float threshold = fraction * (float) (1 / denominator);
    for (int i = 0; i < logits.length; i++) {
      if ((float) (Math.exp(logits[i] - max) / denominator) < threshold) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
  }
}
