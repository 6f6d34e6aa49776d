package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/** Parts of a softmax put together, one after the other: exponentials relative to the maximum. */
final class Merged {
  /**
   * The largest score of nothing: below all scores, and finite, so that differences are numbers.
   */
  static final float LOWEST = -1e30f;

  private final PtxAssembler k;
  private final F32 max;
  private final F32 total;
  private final F32 sum;

  /** Nothing yet. */
  Merged(PtxAssembler k) {
    this.k = k;
    this.max = k.variable(LOWEST);
    this.total = k.variable(0f);
    this.sum = k.variable(0f);
  }

  /**
   * A part.
   *
   * @param max its largest score
   * @param total its denominator
   * @param sum its sum of probabilities times values
   */
  record Part(F32 max, F32 total, F32 sum) {}

  /** Adds some parts at once. */
  void add(List<Part> parts) {
    F32 newMax = parts.stream().map(Part::max).reduce(max, k::max);
    F32 mine = k.expOfNonPositive(k.sub(max, newMax));
    F32 newTotal = k.mul(total, mine);
    F32 newSum = k.mul(sum, mine);
    for (Part part : parts) {
      F32 factor = k.expOfNonPositive(k.sub(part.max, newMax));
      newTotal = k.fma(part.total, factor, newTotal);
      newSum = k.fma(part.sum, factor, newSum);
    }
    k.assign(max, newMax);
    k.assign(total, newTotal);
    k.assign(sum, newSum);
  }

  F32 max() {
    return max;
  }

  F32 total() {
    return total;
  }

  F32 sum() {
    return sum;
  }
}
