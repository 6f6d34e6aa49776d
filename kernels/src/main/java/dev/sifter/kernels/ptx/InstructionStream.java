package dev.sifter.kernels.ptx;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The body of a kernel under construction: its instructions in order, its registers, and what is
 * known about them.
 *
 * <p>Three things are checked with every instruction: that its operands belong to this kernel, that
 * they were written on every path to it, and, for those that need several threads, that all of them
 * get there.
 */
abstract class InstructionStream {
  private final Map<RegisterClass, Integer> counts = new EnumMap<>(RegisterClass.class);
  private final List<Instruction> instructions = new ArrayList<>();
  private final List<Instruction> prologue = new ArrayList<>();
  private final BitSet writtenAtStart = new BitSet();
  private BitSet written = new BitSet();
  private int registers;
  private int labels;

  /** Which threads are known to run the instruction that comes next together. */
  private Uniformity together = Uniformity.BLOCK;

  /** Among whom a condition of an exit was shared; those who are left no longer make a block. */
  private Uniformity exits = Uniformity.BLOCK;

  private SourceLine exitLine;

  InstructionStream() {}

  // Registers.

  final B32 newB32() {
    return new B32(this, registers++, number(RegisterClass.B32));
  }

  final B64 newB64() {
    return new B64(this, registers++, number(RegisterClass.B64));
  }

  final F32 newF32() {
    return new F32(this, registers++, number(RegisterClass.F32));
  }

  final Pred newPred() {
    return new Pred(this, registers++, number(RegisterClass.PRED));
  }

  private int number(RegisterClass kind) {
    return counts.merge(kind, 1, Integer::sum) - 1;
  }

  final int count(RegisterClass kind) {
    return counts.getOrDefault(kind, 0);
  }

  /** All lines, in order. */
  final List<Instruction> instructions() {
    List<Instruction> all = new ArrayList<>(prologue);
    all.addAll(instructions);
    return all;
  }

  // Instructions.

  /** Appends an instruction with one result. */
  final <R extends Register> R define(R result, String opcode, Operand... sources) {
    emit(null, false, opcode, List.of(result), List.of(sources));
    return result;
  }

  /** An instruction at the very beginning: its result can be read everywhere. */
  final <R extends Register> R defineAtStart(R result, String opcode, Operand... sources) {
    prologue.add(
        new Instruction(SourceLine.here(), null, false, opcode, List.of(result), List.of(sources)));
    for (Operand source : sources) {
      source
          .registers()
          .forEach(read -> result.uniformity = result.uniformity.and(read.uniformity));
    }
    writtenAtStart.set(result.id);
    written.set(result.id);
    return result;
  }

  /** Appends an instruction without result. */
  final void perform(String opcode, Operand... sources) {
    emit(null, false, opcode, List.of(), List.of(sources));
  }

  /**
   * Appends an instruction.
   *
   * @param guard the predicate it depends on, or null
   */
  final void emit(
      Pred guard,
      boolean negated,
      String opcode,
      List<? extends Operand> destinations,
      List<? extends Operand> sources) {
    Uniformity uniformity = guard == null ? together : together.and(read(guard).uniformity);
    List<Operand> resolved = new ArrayList<>(sources.size());
    for (Operand source : sources) {
      Operand operand = resolve(source);
      for (Register register : operand.registers()) {
        uniformity = uniformity.and(register.uniformity);
      }
      resolved.add(operand);
    }
    for (Operand destination : destinations) {
      for (Register register : destination.registers()) {
        require(register.owner == this, "%s belongs to another kernel", register);
        register.uniformity = register.uniformity.and(uniformity);
        written.set(register.id);
      }
    }
    instructions.add(
        new Instruction(
            SourceLine.here(),
            guard == null ? null : read(guard),
            negated,
            opcode,
            destinations,
            resolved));
  }

  private Operand resolve(Operand operand) {
    return switch (operand) {
      case Register register -> read(register);
      case Operand.Address(Register base, long offset) -> new Operand.Address(read(base), offset);
      case Operand.Group(List<? extends Register> members) ->
          new Operand.Group(members.stream().map(this::read).toList());
      default -> operand;
    };
  }

  /** The register to read for {@code register}: itself, or the variable that took its place. */
  final <R extends Register> R read(R register) {
    require(register != null, "an operand is null");
    require(register.owner == this, "%s belongs to another kernel", register);
    R actual = register;
    if (register.movedTo != null) {
      require(
          register.movedTo.assignments == register.movedAt,
          "%s was assigned to %s, which has another value by now",
          register,
          register.movedTo);
      actual = sameKind(register, register.movedTo);
    }
    require(written.get(actual.id), "%s is read, but not written on every path to here", actual);
    return actual;
  }

  @SuppressWarnings("unchecked") // A register is only ever moved to one of its own class.
  private static <R extends Register> R sameKind(R register, Register other) {
    return (R) other;
  }

  /**
   * Gives {@code variable} the value of another register. Where that was computed by the
   * instruction before, that instruction writes the variable instead.
   */
  final void move(Register variable, Register value, String opcode) {
    require(variable.owner == this, "%s belongs to another kernel", variable);
    Register source = read(value);
    variable.assignments++;
    Instruction last = instructions.isEmpty() ? null : instructions.getLast();
    boolean fresh =
        last != null
            && last.guard() == null
            && last.destinations().equals(List.of(source))
            && source.assignments == 0
            && source != variable;
    if (fresh) {
      instructions.set(instructions.size() - 1, last.into(variable));
      source.movedTo = variable;
      source.movedAt = variable.assignments;
      variable.uniformity = variable.uniformity.and(source.uniformity).and(together);
      written.set(variable.id);
    } else {
      emit(null, false, opcode, List.of(variable), List.of(source));
    }
  }

  // Labels and paths.

  final String newLabel(String name) {
    return "$" + name + "_" + labels++;
  }

  final void place(String label) {
    instructions.add(Instruction.label(SourceLine.here(), label));
  }

  /** What is written so far; to be given to {@link #restorePath} where paths meet. */
  final BitSet path() {
    return (BitSet) written.clone();
  }

  /** Only what {@code path} has written counts as written. */
  final void restorePath(BitSet path) {
    written = (BitSet) path.clone();
    written.or(writtenAtStart);
  }

  /** Runs {@code body} for the threads that share {@code condition}. */
  final void under(Uniformity condition, Runnable body) {
    Uniformity outer = together;
    together = outer.and(condition);
    body.run();
    together = outer;
  }

  final void noteExit(Uniformity condition) {
    exits = exits.and(together).and(condition);
    exitLine = SourceLine.here();
  }

  /** Refuses an instruction that {@code needed} threads must run together. */
  final void requireTogether(Uniformity needed, String opcode) {
    require(
        together.compareTo(needed) <= 0,
        "%s needs all threads of a %s, but stands under a condition that they do not share",
        opcode,
        needed.text());
    require(
        exits.compareTo(needed) <= 0,
        "%s needs all threads of a %s, but some may have left at %s",
        opcode,
        needed.text(),
        exitLine);
  }

  /** Marks a value as the same in all threads of {@code among}, as its computation makes it. */
  final <R extends Register> R uniform(R register, Uniformity among) {
    register.uniformity = together.and(among);
    return register;
  }

  /** Refuses the kernel, with the line of the kernel's source that is being run. */
  final void require(boolean holds, String message, Object... arguments) {
    if (!holds) {
      throw new MalformedKernelException(SourceLine.here(), message.formatted(arguments));
    }
  }
}
