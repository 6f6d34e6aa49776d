package dev.sifter.kernels.gpu.emulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Four warps that run {@code wgmma} together: all of them the same, in the same order. */
final class Warpgroup {
  static final int WARPS = 4;

  private final List<Step> steps = new ArrayList<>();
  private final int[] done = new int[WARPS];
  private int forgotten;

  /**
   * An instruction with what must be the same in all four warps.
   *
   * @param left a descriptor, or 0
   * @param right a descriptor, or 0
   */
  record Step(Instruction instruction, long left, long right, boolean adds) {}

  void clear() {
    steps.clear();
    Arrays.fill(done, 0);
    forgotten = 0;
  }

  /** A warp comes to a step. */
  void run(Warp warp, Step step) {
    int at = done[warp.index % WARPS]++ - forgotten;
    if (at == steps.size()) {
      steps.add(step);
    } else if (!steps.get(at).equals(step)) {
      Step other = steps.get(at);
      throw warp.fault(
          step.instruction,
          Check.COLLECTIVE,
          "the four warps disagree: another one ran %s%s",
          other.instruction.statement().where(),
          other.instruction == step.instruction ? " with other operands" : "");
    }
    int least = Arrays.stream(done).min().getAsInt();
    if (least > forgotten) {
      steps.subList(0, least - forgotten).clear();
      forgotten = least;
    }
  }

  /** Refuses the end of a warp that has not run what another one has. */
  void end(Warp warp, Instruction last) {
    if (done[warp.index % WARPS] - forgotten < steps.size()) {
      throw warp.fault(
          last,
          Check.COLLECTIVE,
          "the warp ends without %s, which another one of its four ran",
          steps.get(done[warp.index % WARPS] - forgotten).instruction.statement().where());
    }
  }
}
