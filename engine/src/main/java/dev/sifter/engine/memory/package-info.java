/**
 * Where tensors lie, and how long.
 *
 * <p>A {@link dev.sifter.engine.memory.TensorArena} asks {@code SlabAllocator} for a place, which
 * is arithmetic on offsets, and a {@link dev.sifter.engine.memory.StorageProvider} for the memory
 * behind it: the host's, a device's, or none. The {@link dev.sifter.engine.memory.MemoryLedger}
 * counts what arenas hold. Nothing is left to the garbage collector.
 */
package dev.sifter.engine.memory;
