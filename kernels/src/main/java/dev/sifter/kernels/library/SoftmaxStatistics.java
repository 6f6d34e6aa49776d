package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link CrossEntropy} must know of a row, gathered in one pass (Milakov &amp; Gimelshein
 * 2018): everything is relative to the largest logit so far, and corrected where a larger one
 * comes.
 */
final class SoftmaxStatistics {
  /** Instead of −∞, whose difference to itself is NaN. */
  private static final float LOWEST = -Float.MAX_VALUE;

  private static final int NO_INDEX = -1;

  private final PtxAssembler k;
  private final boolean weightedToo;
  private final boolean argMaxToo;
  private final boolean distancesToo;
  private final F32 max;
  private final F32 sum;
  private final F32 weighted;
  private final F32 distances;
  private final F32 count;
  private final B32 argMax;

  /**
   * Of nothing yet.
   *
   * @param weightedToo whether Σ e·(x − max) is wanted
   * @param argMaxToo whether the index of the largest is wanted
   * @param distancesToo whether Σ (x − max) is wanted
   */
  SoftmaxStatistics(PtxAssembler k, boolean weightedToo, boolean argMaxToo, boolean distancesToo) {
    this.k = k;
    this.weightedToo = weightedToo;
    this.argMaxToo = argMaxToo;
    this.distancesToo = distancesToo;
    this.max = k.variable(LOWEST);
    this.sum = k.variable(0f);
    this.weighted = k.variable(0f);
    this.distances = k.variable(0f);
    this.count = k.variable(0f);
    this.argMax = k.variable(k.constant(NO_INDEX));
  }

  /** Takes neighbouring logits into account, of which the first has this index. */
  void see(List<F32> values, B32 index) {
    F32 largest = values.getFirst();
    for (F32 value : values.subList(1, values.size())) {
      largest = k.max(largest, value);
    }
    if (argMaxToo) {
      B32 best = k.add(index, values.size() - 1);
      for (int j = values.size() - 2; j >= 0; j--) {
        best = k.select(k.eq(values.get(j), largest), k.add(index, j), best);
      }
      k.assign(argMax, k.select(k.gt(largest, max), best, argMax));
    }
    moveTo(k.max(max, largest));
    for (F32 value : values) {
      F32 distance = k.sub(value, max);
      F32 e = k.expOfNonPositive(distance);
      k.assign(sum, k.add(sum, e));
      if (weightedToo) {
        // A logit of −∞ has probability 0 and no part in the entropy.
        F32 term = k.select(k.eq(e, 0f), 0f, k.mul(e, distance));
        k.assign(weighted, k.add(weighted, term));
      }
      if (distancesToo) {
        k.assign(distances, k.add(distances, distance));
      }
    }
    if (distancesToo) {
      k.assign(count, k.add(count, values.size()));
    }
  }

  /** Makes all sums relative to another maximum, at least as large. */
  private void moveTo(F32 newMax) {
    // Never −∞, so that its product with 0 is 0.
    F32 shift = k.max(k.sub(max, newMax), LOWEST);
    F32 factor = k.expOfNonPositive(shift);
    if (weightedToo) {
      k.assign(weighted, k.mul(factor, k.fma(sum, shift, weighted)));
    }
    if (distancesToo) {
      k.assign(distances, k.fma(count, shift, distances));
    }
    k.assign(sum, k.mul(sum, factor));
    k.assign(max, newMax);
  }

  /**
   * A whole row's.
   *
   * @param max the largest logit
   * @param sum Σ exp(x − max)
   * @param weighted Σ exp(x − max)·(x − max), or null
   * @param distances Σ (x − max), or null
   * @param argMax the first index of the largest, 0 if there is none, or null
   */
  record OfRow(F32 max, F32 sum, F32 weighted, F32 distances, B32 argMax) {}

  /** Puts the block's threads' together; all get the result. */
  OfRow ofRow() {
    F32 ofThread = argMaxToo ? k.variable(max) : max;
    F32 largest = k.blockMax(max);
    moveTo(largest);
    List<F32> parts = new ArrayList<>(List.of(sum));
    if (weightedToo) {
      parts.add(weighted);
    }
    if (distancesToo) {
      parts.add(distances);
    }
    List<F32> totals = k.blockSums(parts.toArray(F32[]::new));
    return new OfRow(
        largest,
        totals.getFirst(),
        weightedToo ? totals.get(1) : null,
        distancesToo ? totals.getLast() : null,
        argMaxToo ? first(ofThread, largest) : null);
  }

  private B32 first(F32 ofThread, F32 largest) {
    B32 candidate = k.select(k.eq(ofThread, largest), argMax, k.constant(NO_INDEX));
    B32 best = k.blockMin(candidate);
    return k.select(k.eq(best, NO_INDEX), k.constant(0), best);
  }
}
