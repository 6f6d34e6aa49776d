package dev.sifter.kernels.inspect;

import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.PtxTarget;

/**
 * How many blocks a multiprocessor holds at once: the limits of compute capability 8.0 and 9.0 in
 * the CUDA programming guide's table of technical specifications.
 */
final class Occupancy {
  private static final int THREADS = 2048;
  private static final int BLOCKS = 32;
  private static final int REGISTERS = 65_536;

  /** Registers are given out to a warp in such pieces. */
  private static final int REGISTER_PIECE = 256;

  /** Shared memory that the system takes of each block. */
  private static final int RESERVED_SHARED = 1 << 10;

  private Occupancy() {}

  static int blocks(PtxTarget gpu, int threads, int registers, int sharedBytes) {
    int warps = threads / PtxAssembler.WARP;
    int perWarp = Math.ceilDiv(registers * PtxAssembler.WARP, REGISTER_PIECE) * REGISTER_PIECE;
    int byRegisters = REGISTERS / (perWarp * warps);
    int byShared = sharedPerMultiprocessor(gpu) / (sharedBytes + RESERVED_SHARED);
    return Math.min(Math.min(BLOCKS, THREADS / threads), Math.min(byRegisters, byShared));
  }

  private static int sharedPerMultiprocessor(PtxTarget gpu) {
    return switch (gpu) {
      case SM_80 -> 164 << 10;
      case SM_90A -> 228 << 10;
    };
  }
}
