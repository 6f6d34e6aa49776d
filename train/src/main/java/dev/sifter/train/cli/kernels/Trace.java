package dev.sifter.train.cli.kernels;

import dev.sifter.kernels.gpu.emulator.TraceStep;
import java.util.ArrayList;
import java.util.List;

/** Keeps some of the steps of a warp, and counts all of them. */
final class Trace {
  private final long first;
  private final int most;
  private final List<TraceStep> steps = new ArrayList<>();
  private long total;

  /**
   * @param first the first step to keep, from 1
   * @param most how many to keep
   */
  Trace(long first, int most) {
    this.first = first;
    this.most = most;
  }

  void add(TraceStep step) {
    total++;
    if (total >= first && steps.size() < most) {
      steps.add(step);
    }
  }

  /** The number of the first step that is kept. */
  long first() {
    return first;
  }

  /** Those that are kept. */
  List<TraceStep> steps() {
    return steps;
  }

  /** How many there were. */
  long total() {
    return total;
  }
}
