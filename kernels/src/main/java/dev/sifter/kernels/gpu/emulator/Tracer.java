package dev.sifter.kernels.gpu.emulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Tells what the instructions of one warp of one block do.
 *
 * @param block number of the block
 * @param warp the warp within it
 * @param listener gets every step
 */
record Tracer(int block, int warp, Consumer<TraceStep> listener) {

  /** Whether a warp that runs now is the one. */
  boolean watches(Warp other) {
    return other.index == warp && other.block.number() == block;
  }

  /** Reports an instruction that {@code lanes} of the warp have run. */
  void step(Warp running, Instruction instruction, int lanes) {
    PtxStatement statement = instruction.statement();
    listener.accept(
        new TraceStep(
            block, warp, statement.where(), statement.text(), lanes, results(running, statement)));
  }

  private static List<TraceStep.Register> results(Warp warp, PtxStatement statement) {
    List<TraceStep.Register> results = new ArrayList<>();
    boolean writes =
        switch (statement.opcode().getFirst()) {
          case "st", "bra", "bar", "barrier", "membar", "fence", "red", "cp", "ret", "exit" ->
              false;
          default -> true;
        };
    if (writes && !statement.operands().isEmpty()) {
      add(warp, statement.operands().getFirst(), results);
    }
    return results;
  }

  private static void add(Warp warp, PtxOperand operand, List<TraceStep.Register> results) {
    switch (operand) {
      case PtxOperand.Name(String name) -> results.add(register(warp, name));
      case PtxOperand.Group(List<PtxOperand> members) ->
          members.forEach(member -> add(warp, member, results));
      case PtxOperand.Pair(PtxOperand first, PtxOperand second) -> {
        add(warp, first, results);
        add(warp, second, results);
      }
      default -> {
        // Nothing is written there.
      }
    }
  }

  private static TraceStep.Register register(Warp warp, String name) {
    Registers registers = warp.block.program().registers();
    String type = registers.type(name);
    long[] lanes = new long[Instruction.LANES];
    for (int lane = 0; lane < lanes.length; lane++) {
      lanes[lane] =
          switch (registers.bits(name)) {
            case 1 -> warp.predicates[plane(registers.predicates(), name)] >>> lane & 1;
            case 64 -> warp.longs[plane(registers.longs(), name)][lane];
            default -> warp.words[plane(registers.words(), name)][lane] & 0xffffffffL;
          };
    }
    return new TraceStep.Register(name, type, lanes);
  }

  private static int plane(Map<String, Integer> planes, String name) {
    return planes.get(name);
  }
}
