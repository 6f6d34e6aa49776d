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
 * @param tracer wants to know what one warp does; or null
 */
record Launch(
    Program program,
    Grid grid,
    byte[] parameters,
    GlobalMemory memory,
    EmulatorOptions options,
    Tracer tracer) {

  /** Position of a block, given by its number, for people. */
  String position(int block) {
    int x = block % grid.x();
    int y = block / grid.x() % grid.y();
    int z = block / grid.x() / grid.y();
    return "(%d,%d,%d)".formatted(x, y, z);
  }
}
