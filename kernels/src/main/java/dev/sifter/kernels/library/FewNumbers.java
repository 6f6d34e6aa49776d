package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;

/** Numbers that every thread of a block needs, by way of shared memory: read once a block. */
final class FewNumbers {
  private FewNumbers() {}

  /**
   * Copies 32-bit numbers; a barrier must follow.
   *
   * @param count at most the threads of the block
   */
  static SharedPointer copy(PtxAssembler k, GlobalPointer numbers, int count) {
    SharedPointer copy = k.shared(count * Float.BYTES);
    B32 i = k.threadIndex();
    k.ifThen(
        k.lt(i, count),
        () ->
            k.store(
                k.at(copy, i, Float.BYTES), k.loadFloatReadOnly(k.at(numbers, i, Float.BYTES))));
    return copy;
  }
}
