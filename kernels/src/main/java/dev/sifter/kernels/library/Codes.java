package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.List;

/** Tables of codes in shared memory, and how a number finds its code. */
final class Codes {
  /** Codes of eight bits. */
  static final int EIGHT_BIT = 256;

  /** Codes of four bits. */
  static final int FOUR_BIT = 16;

  /** Instead of 0, whose reciprocal is infinite. */
  private static final float LEAST = 1e-38f;

  private Codes() {}

  /** 1 / the largest magnitude of a block; of a block of zeros, what makes 0 of 0. */
  static F32 inverse(PtxAssembler k, F32 largest) {
    return k.reciprocal(k.max(largest, LEAST));
  }

  /**
   * Copies a table of 256 numbers; a barrier must follow.
   *
   * @param threads of the block, a divisor of 256
   */
  static SharedPointer copy(PtxAssembler k, GlobalPointer table, int threads) {
    SharedPointer copy = k.shared(EIGHT_BIT * Float.BYTES);
    GlobalPointer from = k.at(table, k.threadIndex(), Float.BYTES);
    SharedPointer to = k.at(copy, k.threadIndex(), Float.BYTES);
    for (int i = 0; i < EIGHT_BIT; i += threads) {
      long offset = (long) i * Float.BYTES;
      k.store(to.plus(offset), k.loadFloatReadOnly(from.plus(offset)));
    }
    return copy;
  }

  /** Copies a table of 16 numbers, each into a bank of its own; a barrier must follow. */
  static SharedPointer copyFourBit(PtxAssembler k, GlobalPointer table) {
    return FewNumbers.copy(k, table, FOUR_BIT);
  }

  /** The value of a code. */
  static F32 value(PtxAssembler k, SharedPointer values, B32 code) {
    return k.loadFloat(k.at(values, code, Float.BYTES));
  }

  /** The number of midpoints below x, of 255 in ascending order: eight halvings. */
  static B32 nearest(PtxAssembler k, SharedPointer midpoints, F32 x) {
    B32 below = k.constant(0);
    for (int step = EIGHT_BIT / 2; step > 0; step /= 2) {
      SharedPointer probe = k.at(midpoints, below, Float.BYTES);
      F32 midpoint = k.loadFloat(probe.plus((long) (step - 1) * Float.BYTES));
      below = k.add(below, k.select(k.gt(x, midpoint), step, 0));
    }
    return below;
  }

  /** The four bytes of a word, the lowest first. */
  static List<B32> bytes(PtxAssembler k, B32 word) {
    return List.of(
        k.and(word, 0xFF),
        k.and(k.shr(word, 8), 0xFF),
        k.and(k.shr(word, 16), 0xFF),
        k.shr(word, 24));
  }
}
