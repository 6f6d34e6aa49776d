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
}
