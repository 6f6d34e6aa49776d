package dev.sifter.engine.memory;

import dev.sifter.engine.memory.libc.CHeap;
import dev.sifter.engine.tensor.Storage;
import java.lang.foreign.Arena;
import java.util.IdentityHashMap;
import java.util.Map;

/** Off-heap memory of this process, freed at once when released, never by the garbage collector. */
public final class HostStorageProvider implements StorageProvider {
  private final Map<Storage, Arena> arenas = new IdentityHashMap<>();

  @Override
  public synchronized Storage reserve(long bytes) {
    Arena arena = Arena.ofShared();
    try {
      Storage storage = new Storage.Host(CHeap.allocate(bytes, SlabAllocator.ALIGNMENT, arena));
      arenas.put(storage, arena);
      return storage;
    } catch (OutOfMemoryError e) {
      arena.close();
      throw new OutOfMemoryError(
          "no %d MiB of memory to be had; lower per_device_train_batch_size or max_length, or turn gradient_checkpointing on"
              .formatted(bytes >> 20));
    }
  }

  @Override
  public synchronized void release(Storage storage) {
    Arena arena = arenas.remove(storage);
    if (arena == null) {
      throw new IllegalStateException("storage of " + storage.byteSize() + " bytes is not held");
    }
    arena.close();
  }
}
