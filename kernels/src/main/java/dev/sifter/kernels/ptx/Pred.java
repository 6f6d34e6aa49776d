package dev.sifter.kernels.ptx;

/** A truth value. */
public final class Pred extends Register {
  Pred(InstructionStream owner, int id, int number) {
    super(owner, RegisterClass.PRED, id, number);
  }
}
