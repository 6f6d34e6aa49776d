package dev.sifter.kernels.ptx;

/**
 * An address of numbers in device memory, with their type. Numbers are fp32 in registers, whatever
 * they are in memory.
 *
 * @param pointer the address
 * @param type how they lie there
 * @param readOnly whether nobody writes them while the kernel runs
 */
public record ElementPointer(GlobalPointer pointer, ElementType type, boolean readOnly) {

  /** The address some elements further on; costs no instruction. */
  public ElementPointer plus(long elements) {
    return new ElementPointer(pointer.plus(elements * type.bytes()), type, readOnly);
  }
}
