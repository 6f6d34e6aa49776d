package dev.sifter.kernels.ptx;

/** Sixty-four bits: an address, a product, a seed. */
public final class B64 extends Register {
  B64(InstructionStream owner, int id, int number) {
    super(owner, RegisterClass.B64, id, number);
  }
}
