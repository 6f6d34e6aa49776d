package dev.sifter.kernels.ptx;

/**
 * An address in a block's shared memory: a register and a constant.
 *
 * @param base the register
 * @param offset bytes added to it
 * @param alignment power of two that {@code base} is known to be a multiple of
 */
public record SharedPointer(B32 base, long offset, int alignment) {

  /** The address some bytes further on; costs no instruction. */
  public SharedPointer plus(long bytes) {
    return new SharedPointer(base, offset + bytes, alignment);
  }

  /** Largest power of two up to 16 that the address is known to be a multiple of. */
  int knownAlignment() {
    return Alignments.of(alignment, offset);
  }
}
