package dev.sifter.kernels.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * Sums and maxima over the threads of a warp or a block. The tree is fixed, so the same values give
 * the same bits; every thread gets the result.
 */
abstract class Reductions extends Parameters {
  private final int warps;

  Reductions(int sharedLimit, int threads) {
    super(sharedLimit);
    this.warps = threads / WARP;
  }

  /** Warps of a block. */
  public final int warps() {
    return warps;
  }

  /** The sum over the lanes of a warp: pairs that differ in bit 4 of their number, then bit 3, … */
  public final F32 warpSum(F32 value) {
    return overLanes(value, this::add);
  }

  /** The largest value of a warp's lanes; NaN only where all are. */
  public final F32 warpMax(F32 value) {
    return overLanes(value, this::max);
  }

  /** The smallest value of a warp's lanes. */
  public final B32 warpMin(B32 value) {
    B32 result = value;
    for (int bit = WARP / 2; bit > 0; bit /= 2) {
      result = min(result, shuffleXor(result, bit));
    }
    return uniform(result, Uniformity.WARP);
  }

  private F32 overLanes(F32 value, BinaryOperator<F32> combine) {
    F32 result = value;
    for (int bit = WARP / 2; bit > 0; bit /= 2) {
      result = combine.apply(result, shuffleXor(result, bit));
    }
    return uniform(result, Uniformity.WARP);
  }

  /** The sums over a block's threads, of several values at once. */
  public final List<F32> blockSums(F32... values) {
    return overWarps(List.of(values), this::warpSum, this::add);
  }

  /** The sum over a block's threads. */
  public final F32 blockSum(F32 value) {
    return blockSums(value).getFirst();
  }

  /** The largest value of a block's threads; NaN only where all are. */
  public final F32 blockMax(F32 value) {
    return overWarps(List.of(value), this::warpMax, this::max).getFirst();
  }

  /** The smallest value of a block's threads. */
  public final B32 blockMin(B32 value) {
    B32 ofWarp = warpMin(value);
    if (warps == 1) {
      return ofWarp;
    }
    SharedPointer slots = shared(4 * warps);
    awaitRoundBefore();
    storeIf(eq(laneIndex(), 0), at(slots, warpIndex(), 4), ofWarp);
    barrier();
    B32 result = load(slots);
    for (int w = 1; w < warps; w++) {
      result = min(result, load(slots.plus(4L * w)));
    }
    return result;
  }

  /** Lane 0 of each warp leaves its results in shared memory; then all threads combine them. */
  private List<F32> overWarps(
      List<F32> values, UnaryOperator<F32> lanes, BinaryOperator<F32> combine) {
    List<F32> ofWarp = values.stream().map(lanes).toList();
    if (warps == 1) {
      return ofWarp;
    }
    require(Integer.bitCount(warps) == 1, "a block of %d warps has no reduction", warps);
    int row = warps * Float.BYTES;
    SharedPointer slots = shared(row * values.size());
    awaitRoundBefore();
    SharedPointer mine = at(slots, warpIndex(), Float.BYTES);
    Pred first = eq(laneIndex(), 0);
    for (int i = 0; i < ofWarp.size(); i++) {
      storeIf(first, mine.plus((long) row * i), ofWarp.get(i));
    }
    barrier();
    List<F32> results = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      results.add(combined(slots.plus((long) row * i), combine));
    }
    return results;
  }

  /** In a loop, the results of the round before may still be read. */
  private void awaitRoundBefore() {
    if (inLoop()) {
      barrier();
    }
  }

  private F32 combined(SharedPointer slots, BinaryOperator<F32> combine) {
    int step = Math.min(4, warps);
    List<F32> ofWarps = new ArrayList<>();
    for (int w = 0; w < warps; w += step) {
      ofWarps.addAll(loadFloats(slots.plus((long) w * Float.BYTES), step));
    }
    return ofWarps.stream().reduce(combine).orElseThrow();
  }
}
