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

  /**
   * Copies 255 midpoints in ascending order as a search tree, level after level: node n, from 1 on,
   * has the nodes 2·n and 2·n + 1 below it. What lanes ask for at one level lies side by side, so
   * in banks of their own, where halvings of the ascending order would all meet in one. A barrier
   * must follow.
   *
   * @param threads of the block, a divisor of 256
   */
  static SharedPointer copyTree(PtxAssembler k, GlobalPointer midpoints, int threads) {
    SharedPointer tree = k.shared(EIGHT_BIT * Float.BYTES);
    for (int first = 0; first < EIGHT_BIT; first += threads) {
      B32 place = k.add(k.threadIndex(), first);
      B32 node = k.max(place, k.constant(1)); // place 0 is not used
      // The m-th node of level l, both from 0 on, has (2·m + 1)·2⁷⁻ˡ − 1 midpoints before it.
      B32 left =
          k.sub(k.leadingZeros(node), k.constant(Integer.numberOfLeadingZeros(EIGHT_BIT / 2)));
      B32 odd =
          k.and(k.add(k.mul(node, 2), 1), k.sub(k.shr(k.constant(EIGHT_BIT), left), k.constant(1)));
      B32 before = k.sub(k.shl(odd, left), k.constant(1));
      F32 midpoint = k.loadFloatReadOnly(k.at(midpoints, before, Float.BYTES));
      k.store(k.at(tree, place, Float.BYTES), midpoint);
    }
    return tree;
  }

  /** The number of midpoints below x, by a tree of them: eight steps down. */
  static B32 nearest(PtxAssembler k, SharedPointer tree, F32 x) {
    B32 node = k.constant(1);
    for (int level = 1; level < EIGHT_BIT; level *= 2) {
      F32 midpoint = k.loadFloat(k.at(tree, node, Float.BYTES));
      node = k.mad(node, 2, k.select(k.gt(x, midpoint), 1, 0));
    }
    return k.sub(node, k.constant(EIGHT_BIT));
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
