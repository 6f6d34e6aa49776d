package dev.sifter.kernels.gpu.emulator;

import java.util.List;
import java.util.stream.Collectors;

/**
 * One instruction as written.
 *
 * @param where the source line that it belongs to
 * @param ptxLine line of the PTX text
 * @param guard the predicate it depends on, or null
 * @param negated whether it runs where the guard is false
 * @param opcode its name and modifiers, without the dots
 * @param operands in the order of the text
 */
record PtxStatement(
    SourceLocation where,
    int ptxLine,
    String guard,
    boolean negated,
    List<String> opcode,
    List<PtxOperand> operands) {

  /** With the dots. */
  String mnemonic() {
    return String.join(".", opcode);
  }

  /** As PTX, on one line. */
  String text() {
    String condition = guard == null ? "" : "@" + (negated ? "!" : "") + guard + " ";
    return (condition + mnemonic() + " " + join(operands)).stripTrailing();
  }

  private static String join(List<PtxOperand> operands) {
    return operands.stream().map(Object::toString).collect(Collectors.joining(", "));
  }

  PtxSyntaxException refuse(String message, Object... arguments) {
    return new PtxSyntaxException(ptxLine, mnemonic() + ": " + message.formatted(arguments));
  }
}
