package dev.sifter.model.config;

import java.util.List;

/**
 * How the angles of rotary positions are computed, and what they rotate.
 *
 * @param theta base of the geometric sequence of wavelengths
 * @param rotaryDim elements of a head that are rotated; even
 * @param interleaved whether pairs are neighbours, not elements of two halves
 * @param backwards whether positions turn the other way round
 * @param scaling how a longer context than the pretrained one is reached
 */
public record RopeConfig(
    double theta, int rotaryDim, boolean interleaved, boolean backwards, Scaling scaling) {

  /** Variants of context extension. */
  public sealed interface Scaling {
    /** Angles as they are. */
    record None() implements Scaling {}

    /** All angles divided by the factor (position interpolation, Chen et al. 2023). */
    record Linear(double factor) implements Scaling {}

    /**
     * The base grows with the longest sequence of a pass, once that exceeds the pretrained context
     * ("dynamic NTK").
     *
     * @param maxPositions context length of pretraining
     */
    record Dynamic(double factor, int maxPositions) implements Scaling {}

    /**
     * Llama 3.1: long wavelengths are divided by the factor, short ones kept, those between
     * blended.
     *
     * @param originalMaxPositions context length of pretraining
     */
    record Llama3(
        double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
        implements Scaling {}

    /**
     * YaRN (Peng et al. 2023): a blend by wavelength, and scores scaled by the attention factor.
     *
     * @param attentionFactor factor of cos and sin
     * @param truncate whether the blend's bounds are rounded outwards
     */
    record Yarn(
        double factor,
        double attentionFactor,
        double betaFast,
        double betaSlow,
        int originalMaxPositions,
        boolean truncate)
        implements Scaling {}

    /**
     * LongRoPE (Ding et al. 2024): every wavelength has factors of its own, one for passes within
     * the pretrained context, one for longer ones.
     *
     * @param shortFactors [rotaryDim / 2]
     * @param longFactors [rotaryDim / 2]
     * @param attentionFactor factor of cos and sin
     */
    record LongRope(
        List<Double> shortFactors,
        List<Double> longFactors,
        double attentionFactor,
        int originalMaxPositions)
        implements Scaling {}
  }

  /**
   * Tells apart the lengths that give a position different angles: passes whose longest sequence
   * has the same number here share their angles. The number never falls with the length.
   *
   * @param longest tokens of the longest sequence of a pass
   */
  public int regime(int longest) {
    return switch (scaling) {
      case Scaling.Dynamic dynamic -> Math.max(longest, dynamic.maxPositions());
      case Scaling.LongRope longRope -> longest <= longRope.originalMaxPositions() ? 0 : 1;
      default -> 0;
    };
  }

  /**
   * Whether keys of a sequence may stay in a cache when it grows. LongRoPE's must be computed again
   * where the other factors take over; those of the dynamic variant stay as they were, as
   * transformers has both.
   */
  boolean keepsKeys(int cached, int longest) {
    return !(scaling instanceof Scaling.LongRope) || regime(cached) == regime(longest);
  }
}
