package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.FULL;
import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

import java.util.Arrays;
import java.util.Map;

/**
 * 32 threads that run together: their registers, where each of them stands, and the loop that runs
 * them.
 *
 * <p>While all lanes stand at one place there is one program counter. After a branch that they do
 * not share, those at the smallest program counter run until they come to where others wait.
 */
final class Warp {
  /** Where lanes wait if none do. */
  private static final int NOWHERE = Integer.MAX_VALUE;

  /** What a register holds before it is written: a NaN, and no address. */
  static final int POISON = 0xffbadbad;

  final int[][] words;
  final long[][] longs;
  final int[] predicates;
  final int[] savedWords = new int[LANES];
  final long[] savedLongs = new long[LANES];
  final Block block;
  final int index;

  /** Order of this warp's accesses against those of others. */
  final WarpClock clock;

  /** The memory instruction at hand. */
  final Request request = new Request(this);

  /** Where the lanes' accesses to shared memory go; scratch of {@link SharedAddress}. */
  final int[] places = new int[LANES];

  /** Copies in the background that its lanes have begun. */
  final AsyncCopies copies;

  /** Products in the background that it has begun. */
  final AsyncProducts products;

  private final Program program;
  private final Instruction[] code;
  private final int[] wordVariables;
  private final int[] longVariables;
  private final int[] lanePc = new int[LANES];
  private int pc;
  private int active;
  private int alive;
  private int meet;
  private boolean waiting;
  private boolean unfenced;
  private int lastWrite;

  Warp(Block block, int index) {
    this.block = block;
    this.index = index;
    program = block.program();
    code = program.code();
    Registers registers = program.registers();
    words = new int[registers.wordPlanes()][LANES];
    longs = new long[registers.longPlanes()][LANES];
    predicates = new int[registers.predicateCount()];
    registers.wordConstants().forEach((value, plane) -> Arrays.fill(words[plane], value));
    registers.longConstants().forEach((value, plane) -> Arrays.fill(longs[plane], value));
    registers.specials().forEach(this::fillOfThread);
    wordVariables = planes(registers.words());
    longVariables = planes(registers.longs());
    clock = new WarpClock(index, block.warpCount());
    copies = new AsyncCopies(this);
    products = new AsyncProducts(this);
  }

  private static int[] planes(Map<String, Integer> variables) {
    return variables.values().stream().mapToInt(Integer::intValue).toArray();
  }

  private void fillOfThread(SpecialRegister register, int plane) {
    if (register.isOfThread()) {
      for (int lane = 0; lane < LANES; lane++) {
        words[plane][lane] = register.ofThread(index * LANES + lane, block.threads());
      }
    }
  }

  private void fillOfBlock(SpecialRegister register, int plane) {
    if (!register.isOfThread()) {
      Arrays.fill(words[plane], register.ofBlock(block));
    }
  }

  /** Begins a block. */
  void start() {
    for (int plane : wordVariables) {
      Arrays.fill(words[plane], POISON);
    }
    for (int plane : longVariables) {
      Arrays.fill(longs[plane], POISON);
    }
    Arrays.fill(predicates, 0);
    program.registers().specials().forEach(this::fillOfBlock);
    pc = 0;
    active = FULL;
    alive = FULL;
    meet = NOWHERE;
    waiting = false;
    unfenced = false;
    clock.reset();
    copies.reset();
    products.reset();
  }

  /**
   * Runs up to {@code steps} instructions, or until the warp waits or has ended.
   *
   * @return steps that are left
   */
  int run(int steps) {
    Counters counters = block.counters();
    int left = steps;
    while (left > 0 && !waiting && alive != 0) {
      left--;
      Instruction instruction = code[pc];
      int mask = instruction.enabled(active, predicates);
      counters.executed[pc]++;
      pc++;
      if (mask == FULL) {
        instruction.execute(this, FULL);
      } else {
        counters.idleLanes[instruction.index()] += LANES - Integer.bitCount(mask);
        if (mask != 0) {
          instruction.executePartially(this, mask);
        }
      }
      if (pc >= meet) {
        regroup();
      }
    }
    return left;
  }

  /** The same, one by one, for someone who looks on. */
  int runTraced(int steps, Tracer tracer) {
    int left = steps;
    while (left > 0 && !waiting && alive != 0) {
      Instruction instruction = code[pc];
      TraceStep before = tracer.before(this, instruction, instruction.enabled(active, predicates));
      try {
        run(1);
      } catch (EmulatorFaultException fault) {
        tracer.failed(before);
        throw fault;
      }
      tracer.after(before, this, instruction);
      left--;
    }
    return left;
  }

  boolean isDone() {
    return alive == 0;
  }

  boolean isWaiting() {
    return waiting;
  }

  void setWaiting(boolean waits) {
    waiting = waits;
  }

  /** The lanes that run now. */
  int active() {
    return active;
  }

  /** The lanes that have not ended. */
  int alive() {
    return alive;
  }

  /** The instruction that comes next. */
  Instruction next() {
    return code[pc];
  }

  /** Notes a write to global memory, which other blocks see in order only behind a fence. */
  void noteGlobalWrite() {
    unfenced = true;
    lastWrite = clock.now();
  }

  /** Whether it wrote to global memory since the last fence. */
  boolean isUnfenced() {
    return unfenced;
  }

  /** A fence of {@code by}, which also covers what {@code by} knows to be done. */
  void fence(Warp by) {
    if (by == this || lastWrite < by.clock.known(index)) {
      unfenced = false;
    }
  }

  /** A predicate's lanes; of a negative number, those for which its complement does not hold. */
  int predicate(int signed) {
    return signed < 0 ? ~predicates[~signed] : predicates[signed];
  }

  void setPredicate(int predicate, int values, int mask) {
    predicates[predicate] = values & mask | predicates[predicate] & ~mask;
  }

  /** Lets the lanes of {@code taken} go on at {@code target}, the others behind the branch. */
  void branch(Instruction branch, int taken, int target) {
    if (taken == active) {
      pc = target;
      return;
    }
    block.counters().divergent[branch.index()]++;
    scatter(active & ~taken, pc);
    scatter(taken, target);
    active = 0;
    meet = 0;
  }

  /** Ends lanes. */
  void exit(Instruction instruction, int lanes) {
    alive &= ~lanes;
    active &= ~lanes;
    if (active == 0) {
      meet = 0;
    }
    if (alive == 0) {
      meet = NOWHERE;
      products.end(instruction);
      block.warpgroup(this).end(this, instruction);
      block.warpEnded(this);
    }
  }

  /** Chooses the lanes at the smallest program counter. */
  private void regroup() {
    scatter(active, pc);
    int smallest = NOWHERE;
    for (int lanes = alive; lanes != 0; lanes &= lanes - 1) {
      smallest = Math.min(smallest, lanePc[Integer.numberOfTrailingZeros(lanes)]);
    }
    active = 0;
    meet = NOWHERE;
    for (int lanes = alive; lanes != 0; lanes &= lanes - 1) {
      int lane = Integer.numberOfTrailingZeros(lanes);
      if (lanePc[lane] == smallest) {
        active |= 1 << lane;
      } else {
        meet = Math.min(meet, lanePc[lane]);
      }
    }
    pc = smallest;
  }

  private void scatter(int lanes, int to) {
    for (int left = lanes; left != 0; left &= left - 1) {
      lanePc[Integer.numberOfTrailingZeros(left)] = to;
    }
  }

  /** A failed check of the whole warp. */
  EmulatorFaultException fault(
      Instruction instruction, Check check, String message, Object... arguments) {
    return new EmulatorFaultException(
        check,
        "%s\n  in kernel %s at %s: %s\n  block %s, warp %d"
            .formatted(
                message.formatted(arguments),
                program.name(),
                instruction.statement().where(),
                instruction.statement().text(),
                block.position(),
                index));
  }

  /** A failed check of one lane. */
  EmulatorFaultException laneFault(
      Instruction instruction, int lane, Check check, String message, Object... arguments) {
    EmulatorFaultException ofWarp = fault(instruction, check, message, arguments);
    return new EmulatorFaultException(
        check,
        "%s, lane %d (thread %d)".formatted(ofWarp.getMessage(), lane, index * LANES + lane));
  }
}
