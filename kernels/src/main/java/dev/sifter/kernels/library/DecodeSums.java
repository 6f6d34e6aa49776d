package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * What groups of threads of a decoding block have of each query head, in shared memory: sums of
 * probabilities times values, the largest score, the denominator.
 */
final class DecodeSums {
  private final PtxAssembler k;
  private final DecodeBlock block;
  private final int groups;
  private final int heads;
  private final int headDim;
  private final SharedPointer all;

  /** Room for so many groups of threads. */
  DecodeSums(DecodeBlock block, int groups) {
    this.k = block.k();
    this.block = block;
    this.groups = groups;
    heads = block.shape().groupSize();
    headDim = block.shape().headDim();
    all = k.shared(groups * heads * headBytes());
  }

  /** Two numbers behind the sums. */
  private int headBytes() {
    return (headDim + DecodeBlock.EXTRA) * Float.BYTES;
  }

  /** Where a group has which number of a head. */
  record OfHead(SharedPointer elements, SharedPointer max, SharedPointer total) {}

  /** A group's numbers of a head. */
  OfHead of(B32 group, B32 head) {
    SharedPointer start = k.at(all, k.mad(group, heads, head), headBytes());
    return new OfHead(
        start,
        start.plus((long) headDim * Float.BYTES),
        start.plus((long) (headDim + 1) * Float.BYTES));
  }

  /** After all groups have stored theirs: the block's threads put them together, in order. */
  void merge() {
    k.barrier();
    k.forRange(
        k.threadIndex(),
        k.constant(heads * headDim),
        k.warps() * PtxAssembler.WARP,
        n -> {
          B32 head = k.div(n, headDim);
          B32 element = k.rem(n, headDim);
          List<Merged.Part> parts = new ArrayList<>();
          for (int g = 0; g < groups; g++) {
            OfHead other = of(k.constant(g), head);
            parts.add(
                new Merged.Part(
                    k.loadFloat(other.max),
                    k.loadFloat(other.total),
                    k.loadFloat(k.at(other.elements, element, Float.BYTES))));
          }
          Merged merged = new Merged(k);
          merged.add(parts);
          block.store(head, element, merged);
        });
  }
}
