package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link CrossEntropy} must know of a row, gathered in one pass (Milakov &amp; Gimelshein
 * 2018): everything is relative to a reference, d = (x − reference)·log₂ e.
 *
 * <p>A thread's reference is a logit that it met, {@value #MARGIN} at most below its largest one:
 * so 2ᵈ is far from infinity, and the sums are seldom corrected. In the end all of them are
 * relative to the row's largest logit.
 */
final class SoftmaxStatistics {
  private static final float LOG2_E = 1.44269504f;

  /** A logit this far above the reference, about 2⁸ times as likely, takes its place. */
  private static final float MARGIN = 5.5f;

  /** Below all logits; instead of −∞, whose difference to itself is NaN. */
  private static final float LOWEST = -1e38f;

  /** Instead of −∞, whose product with the probability 0 is NaN. */
  private static final float FARTHEST = -150;

  private final PtxAssembler k;
  private final boolean weightedToo;
  private final boolean distancesToo;
  private final FirstLargest largest;
  private final F32 reference;
  private final F32 limit;
  private final F32 sum;
  private final F32 weighted;
  private final F32 distances;
  private final F32 count;

  /**
   * Of nothing yet.
   *
   * @param weightedToo whether Σ 2ᵈ·d is wanted
   * @param argMaxToo whether the index of the largest is wanted
   * @param distancesToo whether Σ d is wanted
   */
  SoftmaxStatistics(PtxAssembler k, boolean weightedToo, boolean argMaxToo, boolean distancesToo) {
    this.k = k;
    this.weightedToo = weightedToo;
    this.distancesToo = distancesToo;
    this.largest = new FirstLargest(k, argMaxToo);
    this.reference = k.variable(LOWEST);
    this.limit = k.variable(LOWEST);
    this.sum = k.variable(0f);
    this.weighted = k.variable(0f);
    this.distances = k.variable(0f);
    this.count = k.variable(0f);
  }

  /** Takes neighbouring logits into account, of which the first has this index. */
  void see(List<F32> values, B32 index) {
    F32 ofValues = largest.see(values, index);
    k.ifThen(
        k.gt(ofValues, limit),
        () -> {
          k.assign(limit, k.add(ofValues, MARGIN));
          moveTo(ofValues);
        });
    for (F32 value : values) {
      F32 d = exponent(k, value, reference);
      F32 e = k.exp2Approximate(d);
      k.assign(sum, k.add(sum, e));
      if (weightedToo) {
        k.assign(weighted, k.fma(e, k.max(d, FARTHEST), weighted));
      }
      if (distancesToo) {
        k.assign(distances, k.add(distances, d));
      }
    }
    if (distancesToo) {
      k.assign(count, k.add(count, values.size()));
    }
  }

  /** The d for which 2ᵈ is e to the power of x − reference. */
  static F32 exponent(PtxAssembler k, F32 x, F32 reference) {
    return k.mul(k.sub(x, reference), LOG2_E);
  }

  /** Makes all sums relative to another reference. */
  private void moveTo(F32 newReference) {
    F32 shift = exponent(k, reference, newReference);
    F32 factor = k.exp2Approximate(shift);
    if (weightedToo) {
      k.assign(weighted, k.mul(factor, k.fma(sum, shift, weighted)));
    }
    if (distancesToo) {
      k.assign(distances, k.fma(count, shift, distances));
    }
    k.assign(sum, k.mul(sum, factor));
    k.assign(reference, newReference);
  }

  /**
   * A whole row's.
   *
   * @param max the largest logit
   * @param sum Σ 2ᵈ
   * @param weighted Σ 2ᵈ·d, or null
   * @param distances Σ d, or null
   * @param argMax the first index of the largest, 0 if there is none, or null
   */
  record OfRow(F32 max, F32 sum, F32 weighted, F32 distances, B32 argMax) {}

  /** Puts the block's threads' together; all get the result. */
  OfRow ofRow(AlignedRow row) {
    FirstLargest.OfRow ofRow = largest.ofRow(row);
    F32 max = k.max(ofRow.value(), LOWEST);
    moveTo(max);
    List<F32> parts = new ArrayList<>(List.of(sum));
    if (weightedToo) {
      parts.add(weighted);
    }
    if (distancesToo) {
      parts.add(distances);
    }
    List<F32> totals = k.blockSums(parts.toArray(F32[]::new));
    return new OfRow(
        max,
        totals.getFirst(),
        weightedToo ? totals.get(1) : null,
        distancesToo ? totals.getLast() : null,
        ofRow.index());
  }
}
