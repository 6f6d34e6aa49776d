package dev.sifter.kernels.ptx;

import java.util.List;
import java.util.stream.Collectors;

/** What may stand in an instruction's operand list; only the assembler makes them. */
interface Operand {
  /** As in the PTX text. */
  String text();

  /** Registers that are read when this operand is. */
  default List<Register> registers() {
    return List.of();
  }

  /** A whole number, as two's complement of the instruction's width. */
  record Whole(long value) implements Operand {
    @Override
    public String text() {
      return Long.toString(value);
    }
  }

  /** An fp32 number, bit for bit. */
  record Real(float value) implements Operand {
    @Override
    public String text() {
      return "0f%08X".formatted(Float.floatToRawIntBits(value));
    }
  }

  /** A special register, a label, a parameter or a symbol. */
  record Name(String text) implements Operand {}

  /** Several registers of one vector access or fragment. */
  record Group(List<? extends Register> members) implements Operand {
    @Override
    public String text() {
      return members.stream().map(Register::text).collect(Collectors.joining(", ", "{", "}"));
    }

    @Override
    public List<Register> registers() {
      return List.copyOf(members);
    }
  }

  /** A memory operand: a base register and a constant. */
  record Address(Register base, long offset) implements Operand {
    @Override
    public String text() {
      return offset == 0
          ? "[" + base.text() + "]"
          : offset > 0 ? "[" + base.text() + "+" + offset + "]" : "[" + base.text() + offset + "]";
    }

    @Override
    public List<Register> registers() {
      return List.of(base);
    }
  }
}
