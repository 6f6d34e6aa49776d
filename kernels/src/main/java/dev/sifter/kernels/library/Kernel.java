package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;

/** A kernel of this library, specialised. Implementations are records. */
public interface Kernel {

  /** Threads of a block. */
  int threadsPerBlock();

  /** Blocks that must fit into a multiprocessor at once, by their registers. */
  default int blocksPerMultiprocessor() {
    return 1;
  }

  /** The least GPU that runs it. */
  default PtxTarget target() {
    return PtxTarget.SM_80;
  }

  /** Writes the parameters and the instructions. */
  void emit(PtxAssembler k);

  /**
   * The PTX text and how to launch it. Equal kernels give equal texts.
   *
   * @param least the least GPU that the text shall be for, unless the kernel needs a newer one
   */
  default PtxKernel assemble(PtxTarget least) {
    return PtxAssembler.assemble(
        Names.of((Record) this),
        threadsPerBlock(),
        blocksPerMultiprocessor(),
        target().compareTo(least) > 0 ? target() : least,
        this::emit);
  }
}
