package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

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

  /** An instruction that {@code lanes} of the warp are about to run. */
  TraceStep before(Warp running, Instruction instruction, int lanes) {
    PtxStatement statement = instruction.statement();
    return new TraceStep(
        block,
        warp,
        statement.where(),
        statement.text(),
        lanes,
        registers(running, instruction.reads()),
        addresses(running, statement, lanes),
        List.of());
  }

  /** It has run. */
  void after(TraceStep before, Warp running, Instruction instruction) {
    listener.accept(before.withResults(registers(running, instruction.writes())));
  }

  /** It has failed a check. */
  void failed(TraceStep before) {
    listener.accept(before);
  }

  private static List<TraceStep.Register> registers(Warp warp, List<String> names) {
    return names.stream().map(name -> register(warp, name)).toList();
  }

  private static TraceStep.Register register(Warp warp, String name) {
    Registers registers = warp.block.program().registers();
    SpecialRegister special = SpecialRegister.named(name);
    long[] lanes = new long[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      lanes[lane] =
          switch (special == null ? registers.bits(name) : 0) {
            case 0 -> warp.words[registers.specials().get(special)][lane] & 0xffffffffL;
            case 1 -> warp.predicates[plane(registers.predicates(), name)] >>> lane & 1;
            case 64 -> warp.longs[plane(registers.longs(), name)][lane];
            default -> warp.words[plane(registers.words(), name)][lane] & 0xffffffffL;
          };
    }
    return new TraceStep.Register(name, special == null ? registers.type(name) : "b32", lanes);
  }

  private static int plane(Map<String, Integer> planes, String name) {
    return planes.get(name);
  }

  /** Where the operands in brackets point to; a copy's first one is in shared memory. */
  private static List<TraceStep.Addresses> addresses(Warp warp, PtxStatement statement, int lanes) {
    boolean shared = statement.opcode().contains("shared");
    if (!shared && !statement.opcode().contains("global")) {
      return List.of();
    }
    List<TraceStep.Addresses> all = new ArrayList<>();
    for (PtxOperand operand : statement.operands()) {
      if (operand instanceof PtxOperand.Address(PtxOperand base, long offset)
          && base instanceof PtxOperand.Name(String name)
          && warp.block.program().registers().bits(name) > 1) {
        boolean inShared = shared && all.isEmpty();
        long[] places = register(warp, name).lanes();
        for (int lane = 0; lane < LANES; lane++) {
          places[lane] += inShared ? offset - SharedMemory.BASE : offset;
        }
        all.add(
            inShared
                ? new TraceStep.Addresses("shared", places, "")
                : new TraceStep.Addresses("global", places, buffer(warp, places, lanes)));
      }
    }
    return all;
  }

  private static String buffer(Warp warp, long[] places, int lanes) {
    GlobalMemory memory = warp.block.launch().memory();
    return lanes == 0 ? "" : memory.describe(places[Integer.numberOfTrailingZeros(lanes)], 1);
  }
}
