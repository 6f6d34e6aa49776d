package dev.sifter.kernels.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One line of a kernel's body: an instruction, or a label.
 *
 * @param where the Java line that asked for it
 * @param guard the predicate it depends on, or null
 * @param negated whether it runs where the guard is false
 * @param opcode with all modifiers; of a label, its name and a colon
 * @param destinations registers written, first in the operand list
 * @param sources the other operands
 */
record Instruction(
    SourceLine where,
    Pred guard,
    boolean negated,
    String opcode,
    List<? extends Operand> destinations,
    List<? extends Operand> sources) {

  static Instruction label(SourceLine where, String name) {
    return new Instruction(where, null, false, name + ":", List.of(), List.of());
  }

  boolean isLabel() {
    return opcode.endsWith(":");
  }

  /** The same, writing another register. */
  Instruction into(Register destination) {
    return new Instruction(where, guard, negated, opcode, List.of(destination), sources);
  }

  String text() {
    if (isLabel()) {
      return opcode;
    }
    List<Operand> operands = new ArrayList<>(destinations);
    operands.addAll(sources);
    String list = operands.stream().map(Operand::text).collect(Collectors.joining(", "));
    String condition = guard == null ? "" : "@" + (negated ? "!" : "") + guard.text() + " ";
    return "  " + condition + opcode + (list.isEmpty() ? "" : " " + list) + ";";
  }
}
