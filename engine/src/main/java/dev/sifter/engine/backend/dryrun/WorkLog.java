package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.Work;

/** Adds up the work of kernels. */
final class WorkLog {
  private double flops;
  private double bytes;

  void add(Work work) {
    flops += work.flops();
    bytes += work.bytes();
  }

  Work total() {
    return new Work(flops, bytes);
  }
}
