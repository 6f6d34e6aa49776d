package dev.sifter.engine.memory;

import dev.sifter.engine.tensor.Storage;

/** Where arenas get their memory: the host's, a device's, or none at all in a dry run. */
public interface StorageProvider {

  /**
   * Takes {@code bytes} bytes, aligned to {@link SlabAllocator#ALIGNMENT}, contents undefined.
   *
   * @throws OutOfMemoryError or a backend's own exception, naming the bytes needed
   */
  Storage reserve(long bytes);

  /** Gives back what {@link #reserve} returned. */
  void release(Storage storage);

  /**
   * Says that the contents of a range mean nothing any more: a tensor ended, others will lie there.
   * A provider whose memory is checked reports whoever reads them; the host's memory is not.
   */
  default void discard(Storage storage, long byteOffset, long bytes) {}
}
