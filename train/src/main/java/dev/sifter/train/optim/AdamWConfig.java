package dev.sifter.train.optim;

import static dev.sifter.train.options.OptionChecks.require;

/**
 * The options of AdamW, with TRL's names and defaults.
 *
 * @param adamBeta1 decay of the first moment
 * @param adamBeta2 decay of the second moment
 * @param adamEpsilon added to the root of the second moment
 * @param weightDecay decoupled decay of the weights that {@link WeightDecay} names
 */
public record AdamWConfig(
    double adamBeta1, double adamBeta2, double adamEpsilon, double weightDecay) {
  /** β 0.9 and 0.999, ε 1e-8, no decay. */
  public static final AdamWConfig DEFAULT = new AdamWConfig(0.9, 0.999, 1e-8, 0);

  /** Checks the ranges. */
  public AdamWConfig {
    require(adamBeta1 >= 0 && adamBeta1 < 1, "adam_beta1", adamBeta1, "be from 0 to below 1");
    require(adamBeta2 >= 0 && adamBeta2 < 1, "adam_beta2", adamBeta2, "be from 0 to below 1");
    require(
        adamEpsilon >= 0 && adamEpsilon < 1, "adam_epsilon", adamEpsilon, "be from 0 to below 1");
    require(
        weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY,
        "weight_decay",
        weightDecay,
        "be 0 or more");
  }
}
