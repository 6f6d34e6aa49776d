package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.Work;

/** Adds up the work of kernels, and the time that a device of given rates needs for it. */
final class WorkLog {
  private final double flopsPerSecond;
  private final double bytesPerSecond;
  private double flops;
  private double bytes;
  private double seconds;

  WorkLog(double flopsPerSecond, double bytesPerSecond) {
    this.flopsPerSecond = flopsPerSecond;
    this.bytesPerSecond = bytesPerSecond;
  }

  void add(Work work) {
    flops += work.flops();
    bytes += work.bytes();
    // The roofline: a kernel is bound by its arithmetic or by its traffic.
    seconds += Math.max(work.flops() / flopsPerSecond, work.bytes() / bytesPerSecond);
  }

  Work total() {
    return new Work(flops, bytes);
  }

  double seconds() {
    return seconds;
  }
}
