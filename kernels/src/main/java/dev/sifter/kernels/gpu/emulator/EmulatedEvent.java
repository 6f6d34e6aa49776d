package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.gpu.GpuEvent;

/** A mark in time: that of this machine, not of a device. */
final class EmulatedEvent implements GpuEvent {
  private static final double NANOS_PER_MILLI = 1e6;

  private long nanos;
  private boolean reached;

  void mark() {
    nanos = System.nanoTime();
    reached = true;
  }

  @Override
  public void synchronize() {
    requireReached();
  }

  @Override
  public double millisSince(GpuEvent start) {
    EmulatedEvent earlier = (EmulatedEvent) start;
    requireReached();
    earlier.requireReached();
    return (nanos - earlier.nanos) / NANOS_PER_MILLI;
  }

  private void requireReached() {
    if (!reached) {
      throw new IllegalStateException("the event was not recorded");
    }
  }

  @Override
  public void close() {
    // Nothing to free.
  }
}
