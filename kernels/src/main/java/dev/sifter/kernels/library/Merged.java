package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;

/** Parts of a softmax put together, one after the other: exponentials relative to the maximum. */
final class Merged {
  private final PtxAssembler k;
  private final F32 max;
  private final F32 total;
  private final F32 sum;

  /** Nothing yet. */
  Merged(PtxAssembler k, float lowest) {
    this.k = k;
    this.max = k.variable(lowest);
    this.total = k.variable(0f);
    this.sum = k.variable(0f);
  }

  /** Adds a part: its largest score, its denominator, its sum of probabilities times values. */
  void add(F32 otherMax, F32 otherTotal, F32 otherSum) {
    F32 newMax = k.max(max, otherMax);
    F32 mine = k.expOfNonPositive(k.sub(max, newMax));
    F32 others = k.expOfNonPositive(k.sub(otherMax, newMax));
    k.assign(max, newMax);
    k.assign(total, k.fma(total, mine, k.mul(otherTotal, others)));
    k.assign(sum, k.fma(sum, mine, k.mul(otherSum, others)));
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
