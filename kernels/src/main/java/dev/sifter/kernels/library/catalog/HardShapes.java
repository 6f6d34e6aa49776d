package dev.sifter.kernels.library.catalog;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * Sizes that go wrong where any do: of a tile, a warp or a vector, one more and one less; those of
 * models, among them ones that no power of two divides; and so many that a grid or an index is the
 * wrong one. One is large where it is tried, the others are small.
 */
final class HardShapes {
  /** Tokens of a batch. */
  static final int[] TOKENS = {1, 2, 31, 33, 63, 65, 127, 129, 4095};

  /** Widths of models. */
  static final int[] HIDDEN_SIZES = {576, 768, 960, 2048, 4096};

  /** Elements of a head. */
  static final int[] HEAD_SIZES = {64, 80, 96, 128};

  /** Vocabularies, of which the odd one lets rows begin anywhere within a vector. */
  static final int[] VOCABULARIES = {49_152, 50_257, 128_256, 151_936};

  /** Ranks of adapters. */
  static final int[] LORA_RANKS = {1, 8, 16, 63, 64, 256};

  private HardShapes() {}

  /** A trial for each of some sizes. */
  static List<KernelTrial> each(int[] sizes, IntFunction<KernelTrial> trial) {
    return Arrays.stream(sizes).mapToObj(trial).toList();
  }

  /** The trials of two lists, in order. */
  static List<KernelTrial> join(List<KernelTrial> first, List<KernelTrial> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  /** The trials of three lists, in order. */
  static List<KernelTrial> join(
      List<KernelTrial> first, List<KernelTrial> second, List<KernelTrial> third) {
    return join(join(first, second), third);
  }

  /** The trials of four lists, in order. */
  static List<KernelTrial> join(
      List<KernelTrial> first,
      List<KernelTrial> second,
      List<KernelTrial> third,
      List<KernelTrial> fourth) {
    return join(join(first, second, third), fourth);
  }
}
