package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

import java.util.ArrayList;
import java.util.List;

/**
 * What one warp did in a launch, instruction by instruction; {@link EmulatedGpu#trace} makes one.
 *
 * <p>A warp that nobody traces pays nothing for it: a block asks at the beginning of a turn whose
 * steps are to be noted, and only those warps go step by step.
 */
public final class WarpTrace {
  private final int block;
  private final int warp;
  private final long first;
  private final long last;
  private final List<TraceStep> steps = new ArrayList<>();
  private long total;
  private TraceStep begun;

  WarpTrace(int block, int warp, long first, int steps) {
    if (block < 0 || warp < 0 || first < 1 || steps < 1) {
      throw new IllegalArgumentException(
          "%d steps from step %d of warp %d of block %d: blocks and warps count from 0, steps from 1"
              .formatted(steps, first, warp, block));
    }
    this.block = block;
    this.warp = warp;
    this.first = first;
    last = first + steps - 1;
  }

  /** What was noted, in order. Of an instruction that failed a check, nothing is written. */
  public List<TraceStep> steps() {
    List<TraceStep> all = new ArrayList<>(steps);
    if (begun != null) {
      all.add(begun);
    }
    return all;
  }

  /** Instructions that the warp has run, noted or not. */
  public long total() {
    return total;
  }

  boolean isOf(int itsBlock, int itsWarp) {
    return block == itsBlock && warp == itsWarp;
  }

  /** Refuses a launch that has no such warp. */
  void requireIn(Launch launch) {
    long blocks = launch.grid().blocks();
    int warps = launch.program().source().threadsPerBlock() / LANES;
    if (block >= blocks || warp >= warps) {
      throw new IllegalArgumentException(
          "kernel %s has blocks 0 to %d of warps 0 to %d; there is no warp %d of block %d"
              .formatted(launch.program().name(), blocks - 1, warps - 1, warp, block));
    }
  }

  /** Called before an instruction is run by {@code lanes}. */
  void before(Warp by, Instruction instruction, int lanes) {
    total++;
    if (total >= first && total <= last) {
      PtxStatement statement = instruction.statement();
      begun =
          new TraceStep(
              total,
              statement.where(),
              statement.ptxLine(),
              statement.text(),
              lanes,
              by.active(),
              values(by, instruction.reads()),
              List.of(),
              addresses(by, statement, lanes));
    }
  }

  /** Called after it has run. */
  void after(Warp by, Instruction instruction) {
    if (begun != null) {
      steps.add(begun.withWrites(values(by, instruction.writes())));
      begun = null;
    }
  }

  private static List<TraceStep.Values> values(Warp by, List<String> names) {
    return names.stream().map(name -> value(by, name)).toList();
  }

  private static TraceStep.Values value(Warp by, String name) {
    Registers registers = by.block.program().registers();
    SpecialRegister special = SpecialRegister.named(name);
    if (special != null) {
      return new TraceStep.Values(name, "b32", widened(by.words[registers.special(special)]));
    }
    String type = registers.type(name);
    long[] values =
        switch (registers.bits(name)) {
          case 1 -> bits(by.predicates[registers.predicate(name)]);
          case 64 -> by.longs[registers.longWord(name)].clone();
          default -> widened(by.words[registers.word(name)]);
        };
    return new TraceStep.Values(name, type, values);
  }

  private static long[] widened(int[] plane) {
    long[] values = new long[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      values[lane] = Integer.toUnsignedLong(plane[lane]);
    }
    return values;
  }

  private static long[] bits(int lanes) {
    long[] values = new long[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      values[lane] = lanes >>> lane & 1;
    }
    return values;
  }

  /** Where the operands in brackets point to; a copy's first one is in shared memory. */
  private static List<TraceStep.Addresses> addresses(Warp by, PtxStatement statement, int lanes) {
    boolean global = statement.opcode().contains("global");
    boolean shared = statement.opcode().contains("shared");
    List<TraceStep.Addresses> all = new ArrayList<>();
    for (PtxOperand operand : statement.operands()) {
      if (operand instanceof PtxOperand.Address(PtxOperand base, long offset)
          && base instanceof PtxOperand.Name(String name)
          && by.block.program().registers().bits(name) > 1
          && (global || shared)) {
        boolean inShared = shared && all.isEmpty();
        long plus = inShared ? offset - SharedMemory.BASE : offset;
        long[] places = value(by, name).values();
        for (int lane = 0; lane < LANES; lane++) {
          places[lane] += plus;
        }
        all.add(
            new TraceStep.Addresses(
                inShared ? "shared" : "global",
                places,
                inShared || lanes == 0 ? "" : describe(by, places, lanes)));
      }
    }
    return all;
  }

  private static String describe(Warp by, long[] places, int lanes) {
    return by.block.launch().memory().describe(places[Integer.numberOfTrailingZeros(lanes)], 1);
  }
}
