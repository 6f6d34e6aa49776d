package dev.sifter.kernels.gpu;

/** A mark in a stream, set by {@link GpuStream#record}. */
public interface GpuEvent extends AutoCloseable {

  /** Waits until the work before the mark is done. */
  void synchronize();

  /**
   * Device time between two marks that were reached.
   *
   * @param start the earlier one
   */
  double millisSince(GpuEvent start);

  @Override
  void close();
}
