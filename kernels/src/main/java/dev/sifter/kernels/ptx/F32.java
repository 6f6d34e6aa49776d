package dev.sifter.kernels.ptx;

/** A binary32 number. */
public final class F32 extends Register {
  F32(InstructionStream owner, int id, int number) {
    super(owner, RegisterClass.F32, id, number);
  }
}
