package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * A number as the sum of two fp32 numbers, high + low, with |low| at most half a unit in the last
 * place of high: about 48 bits.
 *
 * <p>A product's rounding error is itself an fp32 number, which one fma gives; that of a sum too,
 * after Knuth. So every x² is exact as long as it neither overflows nor falls below 2⁻¹²⁶ (|x| from
 * 10⁻¹⁹ to 10¹⁹), and a sum of two such pairs loses 2⁻⁴⁸ of itself.
 */
record FloatPair(F32 high, F32 low) {
  /** Numbers in memory. */
  static final int NUMBERS = 2;

  private static final int BYTES = NUMBERS * Float.BYTES;

  /** Two variables that hold 0. */
  static FloatPair variable(PtxAssembler k) {
    return new FloatPair(k.variable(0f), k.variable(0f));
  }

  /** x. */
  static FloatPair of(PtxAssembler k, F32 x) {
    return new FloatPair(x, k.constant(0f));
  }

  /** x². */
  static FloatPair square(PtxAssembler k, F32 x) {
    F32 square = k.mul(x, x);
    return new FloatPair(square, k.fma(x, x, k.neg(square)));
  }

  void store(PtxAssembler k, ElementPointer to) {
    k.store(to, high);
    k.store(to.plus(1), low);
  }

  /** This variable becomes its sum with {@code other}. */
  void increase(PtxAssembler k, FloatPair other) {
    FloatPair sum = plus(k, other);
    k.assign(high, sum.high);
    k.assign(low, sum.low);
  }

  /** Knuth's two-sum of the upper parts; the lower parts join its error. */
  private FloatPair plus(PtxAssembler k, FloatPair b) {
    F32 sum = k.add(high, b.high);
    F32 ofB = k.sub(sum, high);
    F32 error = k.add(k.sub(high, k.sub(sum, ofB)), k.sub(b.high, ofB));
    F32 lower = k.add(error, k.add(low, b.low));
    F32 upper = k.add(sum, lower);
    return new FloatPair(upper, k.sub(lower, k.sub(upper, sum)));
  }

  /** The sum over a block, first of each warp's lanes, then of the warps; all threads get it. */
  FloatPair blockSum(PtxAssembler k) {
    FloatPair ofWarp = this;
    for (int bit = PtxAssembler.WARP / 2; bit > 0; bit /= 2) {
      ofWarp =
          ofWarp.plus(
              k, new FloatPair(k.shuffleXor(ofWarp.high, bit), k.shuffleXor(ofWarp.low, bit)));
    }
    var slots = k.shared(BYTES * k.warps());
    var mine = k.at(slots, k.warpIndex(), BYTES);
    k.storeIf(k.eq(k.laneIndex(), 0), mine, ofWarp.high);
    k.storeIf(k.eq(k.laneIndex(), 0), mine.plus(Float.BYTES), ofWarp.low);
    k.barrier();
    FloatPair total = null;
    for (int w = 0; w < k.warps(); w++) {
      List<F32> pair = k.loadFloats(slots.plus((long) BYTES * w), NUMBERS);
      FloatPair next = new FloatPair(pair.get(0), pair.get(1));
      total = total == null ? next : total.plus(k, next);
    }
    return total;
  }
}
