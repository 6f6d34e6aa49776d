package dev.sifter.kernels.gpu.emulator;

import java.util.List;

/** An operand as written. */
sealed interface PtxOperand {

  /** A register, a special register, a label or a symbol. */
  record Name(String name) implements PtxOperand {}

  /** {@code !%p}. */
  record Negation(String name) implements PtxOperand {}

  /** A number; {@code 0f} numbers are the bits of an {@code .f32}. */
  record Immediate(long bits, boolean isFloat) implements PtxOperand {}

  /** {@code {a, b}}. */
  record Group(List<PtxOperand> members) implements PtxOperand {}

  /** {@code [base + offset]}. */
  record Address(PtxOperand base, long offset) implements PtxOperand {}

  /** {@code a|b}: two destinations. */
  record Pair(PtxOperand first, PtxOperand second) implements PtxOperand {}

  /** {@code _}: no destination. */
  record Sink() implements PtxOperand {}
}
