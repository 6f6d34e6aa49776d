package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;
import java.util.StringJoiner;

/** The threads of one block, and what they share. A worker runs many blocks with one of these. */
final class Block {
  /** Instructions that a warp runs before another has its turn, in the plain order. */
  private static final int PLAIN_TURN = 4096;

  private final Program program;
  private final Counters counters;
  private final SharedMemory shared;
  private final Banks banks;
  private final Barriers barriers;
  private final Warp[] warps;
  private final Warpgroup[] warpgroups;
  private Launch launch;
  private AccessLog log;
  private MatrixProduct product;
  private int number;
  private int time;
  private int running;
  private boolean acquired;
  private boolean released;

  Block(Program program) {
    this.program = program;
    counters = new Counters(program.code().length);
    shared = new SharedMemory(program.sharedBytes(), program.productPlanes().length > 0);
    banks = new Banks(program.sharedBytes());
    warps = new Warp[program.source().threadsPerBlock() / Instruction.LANES];
    warpgroups = new Warpgroup[Math.ceilDiv(warps.length, Warpgroup.WARPS)];
    Arrays.setAll(warpgroups, i -> new Warpgroup());
    barriers = new Barriers(this);
    for (int i = 0; i < warps.length; i++) {
      warps[i] = new Warp(this, i);
    }
  }

  /** Begins to run blocks of a launch. */
  void begin(Launch itsLaunch, AccessLog itsLog) {
    launch = itsLaunch;
    log = itsLog;
    product = new MatrixProduct(itsLaunch.options().tensorArithmetic());
    counters.clear();
  }

  /** Runs one block to its end. */
  void run(int itsNumber) {
    number = itsNumber;
    time = 1;
    running = warps.length;
    acquired = false;
    released = true;
    log.clear();
    shared.clear();
    barriers.clear();
    for (Warpgroup warpgroup : warpgroups) {
      warpgroup.clear();
    }
    for (Warp warp : warps) {
      warp.start();
    }
    runWarps(new TurnOrder(launch.options().seed(), number, warps.length, PLAIN_TURN));
    released &= !hasUnfencedWrites();
  }

  private void runWarps(TurnOrder order) {
    long budget = launch.options().maxInstructions();
    int idle = 0;
    while (running > 0) {
      Warp warp = warps[order.next()];
      if (warp.isDone() || warp.isWaiting()) {
        idle++;
        if (idle > TurnOrder.FAIR * warps.length) {
          requireProgress();
          idle = 0;
        }
        continue;
      }
      idle = 0;
      int turn = (int) Math.min(order.turn(), budget);
      Tracer tracer = tracerOf(warp);
      budget -= turn - (tracer == null ? warp.run(turn) : warp.runTraced(turn, tracer));
      if (budget <= 0 && running > 0) {
        throw warp.fault(
            warp.next(),
            Check.ENDLESS,
            "the block has run %d instructions and has not ended",
            launch.options().maxInstructions());
      }
    }
  }

  /** Refuses to go on if every warp that has not ended waits. */
  private void requireProgress() {
    StringJoiner waiting = new StringJoiner("; ");
    Warp last = null;
    for (Warp warp : warps) {
      if (!warp.isDone() && !warp.isWaiting()) {
        return;
      }
      if (warp.isWaiting()) {
        last = warp;
        waiting.add("warp %d waits at %s".formatted(warp.index, barriers.place(warp)));
      }
    }
    throw last.fault(
        barriers.instruction(last), Check.BARRIER, "no warp can go on: %s", waiting.toString());
  }

  /** Called by a warp whose last lane has ended. */
  void warpEnded(Warp warp) {
    running--;
    barriers.warpEnded();
  }

  // What instructions need.

  Launch launch() {
    return launch;
  }

  Program program() {
    return program;
  }

  AccessLog log() {
    return log;
  }

  Counters counters() {
    return counters;
  }

  SharedMemory shared() {
    return shared;
  }

  Banks banks() {
    return banks;
  }

  /** Scratch for matrix products. */
  MatrixProduct product() {
    return product;
  }

  Barriers barriers() {
    return barriers;
  }

  /** The four warps that one belongs to. */
  Warpgroup warpgroup(Warp warp) {
    return warpgroups[warp.index / Warpgroup.WARPS];
  }

  Warp warp(int index) {
    return warps[index];
  }

  int warpCount() {
    return warps.length;
  }

  /** Who wants to know what a warp does, or null. */
  private Tracer tracerOf(Warp warp) {
    Tracer tracer = launch.tracer();
    return tracer != null && tracer.watches(warp) ? tracer : null;
  }

  /** Warps that have not ended. */
  int runningWarps() {
    return running;
  }

  int threads() {
    return warps.length * Instruction.LANES;
  }

  /** A time after all that have been. */
  int nextTime() {
    return ++time;
  }

  int number() {
    return number;
  }

  int x() {
    return number % launch.grid().x();
  }

  int y() {
    return number / launch.grid().x() % launch.grid().y();
  }

  int z() {
    return number / launch.grid().x() / launch.grid().y();
  }

  String position() {
    return launch.position(number);
  }

  // Order between blocks: a fence and an atomic operation by one, then an atomic one by the other.

  /** A fence: what the warp knows to be written is visible before what it does next. */
  void fence(Warp by) {
    for (Warp warp : warps) {
      warp.fence(by);
    }
  }

  /** An atomic operation, by which blocks learn of each other. */
  void noteAtomic() {
    acquired = true;
    released = !hasUnfencedWrites();
  }

  private boolean hasUnfencedWrites() {
    for (Warp warp : warps) {
      if (warp.isUnfenced()) {
        return true;
      }
    }
    return false;
  }

  /** Whether it may know what other blocks wrote. */
  boolean hasAcquired() {
    return acquired;
  }

  /** Whether all that it wrote may be known to others. */
  boolean hasReleased() {
    return acquired && released;
  }
}
