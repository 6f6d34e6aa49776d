package dev.sifter.kernels.gpu.emulator;

import java.util.ArrayList;
import java.util.List;

/** Parses the operands of an instruction. */
final class OperandParser {
  private final PtxLexer lexer;

  OperandParser(PtxLexer lexer) {
    this.lexer = lexer;
  }

  /** The operands up to and with the semicolon. */
  List<PtxOperand> list() {
    List<PtxOperand> operands = new ArrayList<>();
    if (lexer.accept(";")) {
      return operands;
    }
    do {
      PtxOperand operand = operand();
      operands.add(lexer.accept("|") ? new PtxOperand.Pair(operand, operand()) : operand);
    } while (lexer.accept(","));
    lexer.expect(";");
    return List.copyOf(operands);
  }

  private PtxOperand operand() {
    if (lexer.accept("[")) {
      PtxOperand.Address address = address();
      lexer.expect("]");
      return address;
    }
    if (lexer.accept("{")) {
      List<PtxOperand> members = new ArrayList<>();
      do {
        members.add(operand());
      } while (lexer.accept(","));
      lexer.expect("}");
      return new PtxOperand.Group(List.copyOf(members));
    }
    if (lexer.accept("!")) {
      return new PtxOperand.Negation(lexer.word("a predicate"));
    }
    return simple();
  }

  private PtxOperand.Address address() {
    PtxOperand base = simple();
    long offset = 0;
    if (lexer.accept("+")) {
      offset = immediate().bits();
    } else if (lexer.token().equals("-")) {
      offset = immediate().bits();
    }
    return new PtxOperand.Address(base, offset);
  }

  private PtxOperand simple() {
    if (lexer.accept("_")) {
      return new PtxOperand.Sink();
    }
    return lexer.atWord() ? new PtxOperand.Name(lexer.next()) : immediate();
  }

  private PtxOperand.Immediate immediate() {
    boolean negative = lexer.accept("-");
    if (lexer.atEnd() || !Character.isDigit(lexer.token().charAt(0))) {
      throw lexer.refuse("an operand expected, not '%s'".formatted(lexer.token()));
    }
    String text = lexer.next();
    if (text.length() == 10 && (text.startsWith("0f") || text.startsWith("0F"))) {
      int bits = (int) lexer.number("0x" + text.substring(2));
      return new PtxOperand.Immediate(negative ? bits ^ Integer.MIN_VALUE : bits, true);
    }
    if (text.indexOf('.') >= 0) {
      return decimal(negative ? "-" + text : text);
    }
    long value = lexer.number(text);
    return new PtxOperand.Immediate(negative ? -value : value, false);
  }

  private PtxOperand.Immediate decimal(String text) {
    try {
      return new PtxOperand.Immediate(Float.floatToRawIntBits(Float.parseFloat(text)), true);
    } catch (NumberFormatException notOne) {
      throw lexer.refuse("%s is no number".formatted(text));
    }
  }
}
