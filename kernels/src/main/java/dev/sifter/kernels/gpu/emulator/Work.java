package dev.sifter.kernels.gpu.emulator;

import java.util.Map;

/**
 * Counted work.
 *
 * @param instructions instructions of warps by class; a class without any is left out
 * @param laneInstructions instructions of lanes that took part
 * @param flops floating-point operations: 1 for an addition or a product, 2 for {@code fma}
 * @param loads from global memory, also in the background
 * @param stores to global memory
 * @param sharedBytes bytes that lanes moved from or to shared memory
 * @param sharedTurns turns that shared memory took
 * @param bankConflicts turns of those that bank conflicts added
 * @param divergentBranches times that a branch parted a warp
 */
public record Work(
    Map<InstructionClass, Long> instructions,
    long laneInstructions,
    long flops,
    Traffic loads,
    Traffic stores,
    long sharedBytes,
    long sharedTurns,
    long bankConflicts,
    long divergentBranches) {

  /**
   * Traffic with global memory.
   *
   * @param requests instructions of warps that moved data
   * @param sectors sectors of 32 bytes that they touched, each counted once a request
   * @param bytes bytes that lanes asked for
   */
  public record Traffic(long requests, long sectors, long bytes) {

    /** 1 for a broadcast, 4 for full lines of 32-bit accesses, 16 for those of 16 bytes a lane. */
    public double sectorsPerRequest() {
      return requests == 0 ? 0 : (double) sectors / requests;
    }

    /** Share of the sectors' bytes that lanes asked for; above 1 where they share them. */
    public double efficiency() {
      return sectors == 0 ? 1 : bytes / (32.0 * sectors);
    }
  }

  /** Instructions of warps. */
  public long warpInstructions() {
    return instructions.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Instructions of warps of one class. */
  public long instructions(InstructionClass kind) {
    return instructions.getOrDefault(kind, 0L);
  }
}
