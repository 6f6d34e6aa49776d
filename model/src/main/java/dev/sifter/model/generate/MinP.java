package dev.sifter.model.generate;

/**
 * Excludes tokens whose probability is below a fraction of the largest one (Nguyen et al. 2024).
 */
final class MinP implements LogitsProcessor {
  private final float fraction;

  MinP(double fraction) {
    this.fraction = (float) fraction;
  }

  @Override
  public void process(TokenContext context, float[] logits) {
    Softmax softmax = Softmax.of(logits);
    float threshold = fraction * softmax.probability(softmax.max());
    for (int i = 0; i < logits.length; i++) {
      if (softmax.probability(logits[i]) < threshold) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
  }
}
