package dev.sifter.kernels.gpu;

import java.lang.foreign.MemorySegment;

/** Page-locked memory of the host; closing frees it. */
public interface PinnedBuffer extends AutoCloseable {

  /** Its bytes; not to be used once this is closed. */
  MemorySegment segment();

  @Override
  void close();
}
