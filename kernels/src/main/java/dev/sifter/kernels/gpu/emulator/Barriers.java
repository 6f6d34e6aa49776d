package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;

/** The sixteen barriers of a block. */
final class Barriers {
  private static final int COUNT = 16;
  private static final int ALL = 0;

  private final Block block;
  private final Barrier[] barriers = new Barrier[COUNT];
  private final Instruction[] waitingAt;

  Barriers(Block block) {
    this.block = block;
    for (int i = 0; i < COUNT; i++) {
      barriers[i] = new Barrier();
    }
    waitingAt = new Instruction[block.warpCount()];
  }

  private final class Barrier {
    /** Warps that wait, and those that only said they were there; one bit each. */
    private int waiting;

    private int arrived;
    private int expected;
    private final int[] known = new int[block.warpCount()];

    void clear() {
      waiting = 0;
      arrived = 0;
      Arrays.fill(known, 0);
    }

    boolean isComplete() {
      int there = Integer.bitCount(waiting) + Integer.bitCount(arrived);
      return there > 0
          && (expected == ALL
              ? there >= block.runningWarps()
              : there * Instruction.LANES >= expected);
    }

    void release() {
      for (int left = waiting; left != 0; left &= left - 1) {
        Warp warp = block.warp(Integer.numberOfTrailingZeros(left));
        warp.clock.learn(known);
        warp.setWaiting(false);
      }
      clear();
    }
  }

  void clear() {
    for (Barrier barrier : barriers) {
      barrier.clear();
    }
  }

  /**
   * A warp comes to a barrier.
   *
   * @param threads that the barrier waits for; 0 for all of the block
   * @param waits whether the warp waits for the others
   */
  void arrive(Warp warp, Instruction instruction, int id, int threads, boolean waits) {
    check(warp, instruction, id, threads, waits);
    Barrier barrier = barriers[id];
    int self = 1 << warp.index;
    if ((barrier.waiting | barrier.arrived) == 0) {
      barrier.expected = threads;
    } else if (barrier.expected != threads) {
      throw warp.fault(
          instruction,
          Check.BARRIER,
          "barrier %d is for %s threads here, for %s where other warps wait",
          id,
          text(threads),
          text(barrier.expected));
    } else if (((barrier.waiting | barrier.arrived) & self) != 0) {
      throw warp.fault(
          instruction, Check.BARRIER, "the warp came to barrier %d twice in one round", id);
    }
    warp.clock.advance(block.nextTime());
    warp.clock.addTo(barrier.known);
    if (waits) {
      barrier.waiting |= self;
      waitingAt[warp.index] = instruction;
      warp.setWaiting(true);
    } else {
      barrier.arrived |= self;
    }
    if (barrier.isComplete()) {
      barrier.release();
    }
  }

  private void check(Warp warp, Instruction instruction, int id, int threads, boolean waits) {
    if (id < 0 || id >= COUNT) {
      throw warp.fault(instruction, Check.BARRIER, "barrier %d; there are 0 to 15", id);
    }
    boolean needsCount = !waits && threads == ALL;
    if (needsCount || threads % Instruction.LANES != 0 || threads > block.threads()) {
      throw warp.fault(
          instruction,
          Check.BARRIER,
          "a barrier for %d threads; it must be a multiple of 32 up to the block's %d",
          threads,
          block.threads());
    }
  }

  /** A warp ended: a barrier for all waits for the others only. */
  void warpEnded() {
    for (Barrier barrier : barriers) {
      if (barrier.expected == ALL && barrier.isComplete()) {
        barrier.release();
      }
    }
  }

  /** Where a warp waits. */
  Instruction instruction(Warp warp) {
    return waitingAt[warp.index];
  }

  /** Where a warp waits, for people. */
  String place(Warp warp) {
    for (int id = 0; id < COUNT; id++) {
      if ((barriers[id].waiting >>> warp.index & 1) != 0) {
        return "barrier %d, %s".formatted(id, waitingAt[warp.index].statement().where());
      }
    }
    return "no barrier";
  }

  private static String text(int threads) {
    return threads == ALL ? "all" : Integer.toString(threads);
  }
}
