package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.FULL;

import java.util.Arrays;

/** What instructions that a warp's lanes carry out together demand of those that run them. */
final class Collectives {
  private Collectives() {}

  /** Refuses an instruction for the whole warp that some lanes do not run. */
  static void requireAllLanes(Warp warp, Instruction instruction, int mask) {
    if (mask != FULL) {
      int exited = ~warp.alive();
      throw warp.fault(
          instruction,
          Check.COLLECTIVE,
          "all 32 lanes must run this; only %s do%s",
          Lanes.text(mask),
          exited == 0 ? "" : ", lanes %s have ended".formatted(Lanes.text(exited)));
    }
  }

  /** Refuses an instruction for some lanes that others run, or that not all of them run. */
  static void requireMembers(Warp warp, Instruction instruction, int mask, int plane) {
    int members = warp.words[plane][Integer.numberOfTrailingZeros(mask)];
    if (members != mask) {
      throw warp.fault(
          instruction,
          Check.COLLECTIVE,
          "it is for lanes %s, but lanes %s run it; lanes %s have ended",
          Lanes.text(members),
          Lanes.text(mask),
          Lanes.text(~warp.alive()));
    }
  }

  /** The value of a 64-bit register that must be the same in all lanes. */
  static long uniformLong(Warp warp, Instruction instruction, int plane) {
    long[] values = warp.longs[plane];
    for (long value : values) {
      if (value != values[0]) {
        throw warp.fault(
            instruction, Check.COLLECTIVE, "the lanes disagree: %s", Arrays.toString(values));
      }
    }
    return values[0];
  }

  /** The value of a register that must be the same in all lanes. */
  static int uniform(Warp warp, Instruction instruction, int plane) {
    int[] values = warp.words[plane];
    for (int value : values) {
      if (value != values[0]) {
        throw warp.fault(
            instruction, Check.COLLECTIVE, "the lanes disagree: %s", Arrays.toString(values));
      }
    }
    return values[0];
  }
}
