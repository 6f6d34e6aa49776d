package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.ptx.PtxKernel;

/**
 * A decoded kernel.
 *
 * @param source what it was made from
 * @param module as parsed
 * @param code the instructions; branches hold positions in it
 * @param registers the planes that a warp needs
 * @param sharedBytes shared memory of a block, static and dynamic
 * @param usesGlobalAtomics whether blocks may talk to each other, so that they run one by one
 * @param productPlanes the planes that products in the background use, if there are any
 */
record Program(
    PtxKernel source,
    PtxModule module,
    Instruction[] code,
    Registers registers,
    int sharedBytes,
    boolean usesGlobalAtomics,
    int[] productPlanes) {

  String name() {
    return source.name();
  }

  /** The source line of an instruction, for people. */
  String where(int instruction) {
    return code[instruction].statement().where().toString();
  }
}
