package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.Array;
import java.lang.foreign.MemorySegment;

/** A norm that the device knows, or will when it gets there; the host asks for it if it must. */
final class GradientNorm implements GradientScale {
  /** Upper and lower part of a sum. */
  static final int PAIR = 2;

  private final GpuContext context;
  private final Tensor sum;
  private final double maxNorm;
  private Known fetched;

  /**
   * A norm that is still to be computed.
   *
   * @param sum fp32 [2]: Σ g² over all gradients
   */
  GradientNorm(GpuContext context, Tensor sum, double maxNorm) {
    this.context = context;
    this.sum = sum;
    this.maxNorm = maxNorm;
  }

  /** Σ g², for the device. */
  Array squares() {
    return context.array(sum);
  }

  /** The largest norm that passes, for the device. */
  float maxNorm() {
    return maxNorm == 0 ? Float.POSITIVE_INFINITY : (float) maxNorm;
  }

  @Override
  public double norm() {
    return fetched().norm();
  }

  @Override
  public double coefficient() {
    return fetched().coefficient();
  }

  private Known fetched() {
    if (fetched == null) {
      float[] squares = new float[PAIR];
      sum.read(0, MemorySegment.ofArray(squares));
      fetched = Known.clipping(Math.sqrt((double) squares[0] + squares[1]), maxNorm);
    }
    return fetched;
  }
}
