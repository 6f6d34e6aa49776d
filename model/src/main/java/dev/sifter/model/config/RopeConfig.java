package dev.sifter.model.config;

/**
 * How the angles of rotary positions are computed.
 *
 * @param theta base of the geometric sequence of wavelengths
 * @param rotaryDim elements of a head that are rotated; even
 * @param scaling how a longer context than the pretrained one is reached
 */
public record RopeConfig(double theta, int rotaryDim, Scaling scaling) {

  /** Variants of context extension. */
  public sealed interface Scaling {
    /** Angles as they are. */
    record None() implements Scaling {}

    /** All angles divided by the factor (position interpolation, Chen et al. 2023). */
    record Linear(double factor) implements Scaling {}

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
  }
}
