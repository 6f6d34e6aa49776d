package dev.sifter.kernels.ptx;

import java.util.List;

/**
 * A virtual register of one kernel. Its Java type is its PTX type, so a wrong operand does not
 * compile.
 */
public abstract sealed class Register implements Operand permits B32, B64, F32, Pred {
  final InstructionStream owner;
  final int id;
  private final String name;

  /** How widely its value is the same; grows when a variable is assigned. */
  Uniformity uniformity = Uniformity.BLOCK;

  /** The variable that took over this register's instruction, or null. */
  Register movedTo;

  /** How often this register was assigned after its definition. */
  int assignments;

  /** {@link #assignments} of {@link #movedTo} at the time of the move. */
  int movedAt;

  Register(InstructionStream owner, RegisterClass kind, int id, int number) {
    this.owner = owner;
    this.id = id;
    this.name = kind.prefix() + number;
  }

  @Override
  public final String text() {
    return name;
  }

  @Override
  public final List<Register> registers() {
    return List.of(this);
  }

  @Override
  public final String toString() {
    return name;
  }
}
