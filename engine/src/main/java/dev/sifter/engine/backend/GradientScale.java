package dev.sifter.engine.backend;

/**
 * The factor of all gradients in an update, by their norm: min(1, max / (‖g‖ + 1e-6)), as {@code
 * torch.nn.utils.clip_grad_norm_}. Where gradients lie on a device, so does this; it is the asking
 * that waits.
 */
public interface GradientScale {
  /** What is added to the norm. */
  double EPSILON = 1e-6;

  /** ‖g‖₂ over all gradients, before clipping. */
  double norm();

  /** The factor. */
  double coefficient();

  /** Whether every gradient is a number; if not, a step would destroy the weights. */
  default boolean isFinite() {
    return Double.isFinite(norm());
  }

  /**
   * One whose numbers are known.
   *
   * @param norm ‖g‖₂
   * @param coefficient the factor
   */
  record Known(double norm, double coefficient) implements GradientScale {
    /** Clips to a largest norm; 0 clips nothing. */
    public static Known clipping(double norm, double maxNorm) {
      return new Known(norm, maxNorm == 0 ? 1 : Math.min(1, maxNorm / (norm + EPSILON)));
    }
  }
}
