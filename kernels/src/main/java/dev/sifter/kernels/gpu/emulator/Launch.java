package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.gpu.Grid;

/**
 * One launch, as all its blocks see it.
 *
 * @param program the kernel
 * @param grid its blocks
 * @param parameters the parameter space
 * @param memory device memory
 * @param options how to run
 * @param trace notes what one of its warps does; null if nobody looks on
 */
record Launch(
    Program program,
    Grid grid,
    byte[] parameters,
    GlobalMemory memory,
    EmulatorOptions options,
    WarpTrace trace) {

  /** Position of a block, given by its number, for people. */
  String position(int block) {
    int x = block % grid.x();
    int y = block / grid.x() % grid.y();
    int z = block / grid.x() / grid.y();
    return "(%d,%d,%d)".formatted(x, y, z);
  }

  /** Who looks on at a warp, or null. */
  WarpTrace traceOf(int block, int warp) {
    return trace != null && trace.isOf(block, warp) ? trace : null;
  }
}
