package dev.sifter.engine.backend;

/**
 * What a label-bearing row costs: w · ((1 − ε) · (lse − x[target]) + ε · (lse − mean(x))).
 *
 * @param labelSmoothing ε, in [0, 1): the share of the target that is spread over the vocabulary
 *     (Szegedy et al. 2016); 0 is the negative log-likelihood
 * @param dynamic whether w is the target's probability, held constant in the gradient, instead of
 *     1: dynamic fine-tuning, which learns less from what the model finds improbable (Wu et al.
 *     2025)
 */
public record TokenLoss(float labelSmoothing, boolean dynamic) {
  /** The negative log-likelihood. */
  public static final TokenLoss NLL = new TokenLoss(0, false);

  /** Checks ε. */
  public TokenLoss {
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new IllegalArgumentException(
          "label smoothing %s is not in [0, 1)".formatted(labelSmoothing));
    }
  }
}
