package dev.sifter.kernels.gpu.emulator;

/**
 * How the emulator runs.
 *
 * @param cores blocks that run side by side
 * @param tensorArithmetic how matrix products round
 * @param checks whether accesses are checked and counted; without, only instructions are counted,
 *     and what a kernel must not do may go unnoticed
 * @param seed of the order in which blocks and warps run; 0 is the order of their numbers, each as
 *     long as it can
 * @param memoryBytes size of device memory; only what is written takes memory of this process
 * @param maxInstructions instructions of a block, over all its warps, before it counts as endless
 */
public record EmulatorOptions(
    int cores,
    TensorArithmetic tensorArithmetic,
    boolean checks,
    long seed,
    long memoryBytes,
    long maxInstructions) {
  private static final long GIB = 1L << 30;

  /** Refuses what makes no sense. */
  public EmulatorOptions {
    if (cores < 1 || memoryBytes < 1 || maxInstructions < 1) {
      throw new IllegalArgumentException(
          "%d cores, %d bytes of memory, %d instructions: each must be at least 1"
              .formatted(cores, memoryBytes, maxInstructions));
    }
  }

  /** All cores, a Hopper's arithmetic, all checks, the plain order, 16 GiB. */
  public static EmulatorOptions defaults() {
    return new EmulatorOptions(
        Runtime.getRuntime().availableProcessors(),
        TensorArithmetic.EXACT_SM90,
        true,
        0,
        16 * GIB,
        1L << 30);
  }

  /** With another number of blocks side by side. */
  public EmulatorOptions withCores(int newCores) {
    return new EmulatorOptions(
        newCores, tensorArithmetic, checks, seed, memoryBytes, maxInstructions);
  }

  /** With another rounding of matrix products. */
  public EmulatorOptions withTensorArithmetic(TensorArithmetic newArithmetic) {
    return new EmulatorOptions(cores, newArithmetic, checks, seed, memoryBytes, maxInstructions);
  }

  /** With checks on or off. */
  public EmulatorOptions withChecks(boolean newChecks) {
    return new EmulatorOptions(
        cores, tensorArithmetic, newChecks, seed, memoryBytes, maxInstructions);
  }

  /** With another order of blocks and warps. */
  public EmulatorOptions withSeed(long newSeed) {
    return new EmulatorOptions(
        cores, tensorArithmetic, checks, newSeed, memoryBytes, maxInstructions);
  }

  /** With another size of device memory. */
  public EmulatorOptions withMemoryBytes(long newBytes) {
    return new EmulatorOptions(cores, tensorArithmetic, checks, seed, newBytes, maxInstructions);
  }

  /** With another number of instructions before a block counts as endless. */
  public EmulatorOptions withMaxInstructions(long newMaximum) {
    return new EmulatorOptions(cores, tensorArithmetic, checks, seed, memoryBytes, newMaximum);
  }
}
