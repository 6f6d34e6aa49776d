package dev.sifter.kernels.gpu.emulator;

import java.util.List;

/**
 * One instruction as written.
 *
 * @param where the source line that it belongs to
 * @param ptxLine line of the PTX text
 * @param guard the predicate it depends on, or null
 * @param negated whether it runs where the guard is false
 * @param opcode its name and modifiers, without the dots
 * @param operands in the order of the text
 * @param text all of it, without the semicolon
 */
record PtxStatement(
    SourceLocation where,
    int ptxLine,
    String guard,
    boolean negated,
    List<String> opcode,
    List<PtxOperand> operands,
    String text) {

  /** With the dots. */
  String mnemonic() {
    return String.join(".", opcode);
  }

  PtxSyntaxException refuse(String message, Object... arguments) {
    return new PtxSyntaxException(ptxLine, mnemonic() + ": " + message.formatted(arguments));
  }
}
