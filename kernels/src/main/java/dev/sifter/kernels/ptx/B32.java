package dev.sifter.kernels.ptx;

/**
 * Thirty-two bits, an integer unless an instruction says otherwise: two packed 16-bit numbers,
 * flags, a shared address.
 */
public final class B32 extends Register {
  B32(InstructionStream owner, int id, int number) {
    super(owner, RegisterClass.B32, id, number);
  }
}
