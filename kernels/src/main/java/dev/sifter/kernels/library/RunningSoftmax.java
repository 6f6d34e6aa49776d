package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * The running softmax of {@link FlashAttention} (Milakov &amp; Gimelshein 2018; Dao,
 * FlashAttention-2): of a warp's 16 queries, of which a thread has rows g and g + 8.
 *
 * @param block multiplies the block's tiles
 * @param firstPosition of the block's queries
 * @param warpPosition of the warp's queries, the first
 * @param c factor of scores in exponents of 2
 * @param max largest score so far
 * @param total this thread's part of the denominators
 * @param o sums of probabilities times values
 */
record RunningSoftmax(
    PtxAssembler k,
    FlashBlock<?, ?> block,
    AttentionScores scores,
    AttentionShape shape,
    B32 firstPosition,
    B32 warpPosition,
    F32 c,
    List<F32> max,
    List<F32> total,
    List<List<F32>> o) {
  /** Below every score, and far enough from infinity to be multiplied. */
  private static final float LOWEST = -1e30f;

  /** Of no key yet. */
  static RunningSoftmax start(
      PtxAssembler k,
      FlashBlock<?, ?> block,
      AttentionScores scores,
      AttentionShape shape,
      B32 firstPosition) {
    F32 c =
        shape.softcapped()
            ? k.constant(FlashBlock.LOG2_E)
            : k.mul(scores.scale(), FlashBlock.LOG2_E);
    List<F32> max = List.of(k.variable(LOWEST), k.variable(LOWEST));
    List<F32> total = List.of(k.variable(0f), k.variable(0f));
    List<List<F32>> o = k.fragments(shape.headDim() / PtxAssembler.FRAGMENT_COLUMNS);
    B32 warpPosition = k.add(firstPosition, block.warpRow());
    return new RunningSoftmax(
        k, block, scores, shape, firstPosition, warpPosition, c, max, total, o);
  }

  /** Without a soft cap, scores stay unscaled: c has the scale. */
  void capAndMask(List<List<F32>> s, B32 k0) {
    if (shape.softcapped()) {
      s.forEach(f -> f.forEach(score -> k.assign(score, scores.score(score))));
    }
    block.hideUnseen(scores, s, firstPosition, warpPosition, k0, Float.NEGATIVE_INFINITY);
  }

  /**
   * Turns scores into exp2((score − max)·c), in place.
   *
   * @return the factors that what was summed so far is to be {@linkplain #rescale rescaled} by
   */
  List<F32> step(List<List<F32>> s) {
    List<F32> factors = new ArrayList<>();
    for (int half = 0; half < 2; half++) {
      F32 largest = s.getFirst().get(2 * half);
      for (List<F32> f : s) {
        largest = k.max(largest, k.max(f.get(2 * half), f.get(2 * half + 1)));
      }
      F32 newMax = k.max(max.get(half), block.overRow(largest, k::max));
      F32 factor = k.exp2Approximate(k.mul(k.sub(max.get(half), newMax), c));
      k.assign(max.get(half), newMax);
      F32 shift = k.neg(k.mul(newMax, c));
      F32 sum = k.mul(total.get(half), factor);
      for (List<F32> f : s) {
        for (int i = 2 * half; i < 2 * half + 2; i++) {
          k.assign(f.get(i), k.exp2Approximate(k.fma(f.get(i), c, shift)));
          sum = k.add(sum, f.get(i));
        }
      }
      k.assign(total.get(half), sum);
      factors.add(factor);
    }
    return factors;
  }

  /** Multiplies the sums by a factor for each of the two rows. */
  void rescale(List<F32> factors) {
    for (List<F32> f : o) {
      for (int i = 0; i < 4; i++) {
        k.assign(f.get(i), k.mul(f.get(i), factors.get(i / 2)));
      }
    }
  }

  /** Divides the sums by the denominators, and returns those. */
  List<F32> finish() {
    List<F32> totals = new ArrayList<>();
    List<F32> inverses = new ArrayList<>();
    for (F32 part : total) {
      F32 sum = block.overRow(part, k::add);
      totals.add(sum);
      inverses.add(k.reciprocal(sum));
    }
    rescale(inverses);
    return totals;
  }

  /** The largest score, scaled. */
  F32 naturalMax(int half) {
    return shape.softcapped() ? max.get(half) : k.mul(max.get(half), scores.scale());
  }
}
