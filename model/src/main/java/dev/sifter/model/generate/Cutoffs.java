package dev.sifter.model.generate;

/**
 * What keeps improbable tokens from being drawn, beside top_k, top_p and min_p; names and defaults
 * are those of {@code generation_config.json}.
 *
 * @param topH of the 100 most probable tokens those are drawn from whose part of the entropy adds
 *     up to this fraction at most; null for all tokens
 * @param typicalP only the tokens nearest to the entropy in their information are drawn from, as
 *     many as add up to this probability; 1 for all
 * @param epsilonCutoff only tokens of this probability or more; 0 for all
 * @param etaCutoff the same, with less where the entropy is large; 0 for all
 */
public record Cutoffs(Double topH, double typicalP, double epsilonCutoff, double etaCutoff) {

  /** None. */
  public static final Cutoffs NONE = new Cutoffs(null, 1, 0, 0);

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException naming the setting that is out of range
   */
  public Cutoffs {
    Settings.check(topH == null || (topH > 0 && topH <= 1), "top_h", topH, "above 0 and at most 1");
    Settings.check(
        typicalP > 0 && typicalP <= 1, "typical_p", typicalP, "above 0 and at most 1 (all tokens)");
    checkCutoff("epsilon_cutoff", epsilonCutoff);
    checkCutoff("eta_cutoff", etaCutoff);
  }

  private static void checkCutoff(String name, double value) {
    Settings.check(value >= 0 && value < 1, name, value, "0 (all tokens) or more, below 1");
  }
}
