package dev.sifter.kernels.gpu.emulator;

import java.util.List;
import java.util.stream.Collectors;

/** An operand as written; its text is PTX. */
sealed interface PtxOperand {

  /** A register, a special register, a label or a symbol. */
  record Name(String name) implements PtxOperand {
    @Override
    public String toString() {
      return name;
    }
  }

  /** {@code !%p}. */
  record Negation(String name) implements PtxOperand {
    @Override
    public String toString() {
      return "!" + name;
    }
  }

  /** A number; {@code 0f} numbers are the bits of an {@code .f32}. */
  record Immediate(long bits, boolean isFloat) implements PtxOperand {
    @Override
    public String toString() {
      return isFloat ? "0f%08X".formatted((int) bits) : Long.toString(bits);
    }
  }

  /** {@code {a, b}}. */
  record Group(List<PtxOperand> members) implements PtxOperand {
    @Override
    public String toString() {
      return members.stream().map(Object::toString).collect(Collectors.joining(", ", "{", "}"));
    }
  }

  /** {@code [base + offset]}. */
  record Address(PtxOperand base, long offset) implements PtxOperand {
    @Override
    public String toString() {
      return offset == 0 ? "[" + base + "]" : "[%s%+d]".formatted(base, offset);
    }
  }

  /** {@code a|b}: two destinations. */
  record Pair(PtxOperand first, PtxOperand second) implements PtxOperand {
    @Override
    public String toString() {
      return first + "|" + second;
    }
  }

  /** {@code _}: no destination. */
  record Sink() implements PtxOperand {
    @Override
    public String toString() {
      return "_";
    }
  }
}
