package dev.sifter.kernels.gpu;

/** Captured work. What it uses must stay open as long as it is replayed. */
public interface GpuGraph extends AutoCloseable {

  /** Number of launches, copies and fills in it. */
  int size();

  @Override
  void close();
}
