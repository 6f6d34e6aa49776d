package dev.sifter.kernels.ptx;

/**
 * An address in device memory: a register and a constant.
 *
 * @param base the register
 * @param offset bytes added to it
 * @param alignment power of two that {@code base} is known to be a multiple of
 */
public record GlobalPointer(B64 base, long offset, int alignment) {

  /** The address some bytes further on; costs no instruction. */
  public GlobalPointer plus(long bytes) {
    return new GlobalPointer(base, offset + bytes, alignment);
  }

  /** Largest power of two up to 16 that the address is known to be a multiple of. */
  int knownAlignment() {
    return Alignments.of(alignment, offset);
  }
}
