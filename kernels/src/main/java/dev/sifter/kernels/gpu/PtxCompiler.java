package dev.sifter.kernels.gpu;

import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;

/** NVIDIA's assembler of PTX, which needs neither a GPU nor a driver. */
public interface PtxCompiler {

  /**
   * A kernel as machine code, and what a thread and a block of it take.
   *
   * @param cubin the machine code
   * @param registers 32-bit registers of a thread
   * @param spillStoreBytes bytes of registers that a thread writes to memory for want of registers
   * @param spillLoadBytes bytes that it reads back
   * @param stackBytes stack of a thread
   * @param sharedBytes static shared memory of a block; the dynamic part is not the compiler's
   * @param log all that the compiler said
   */
  record Assembled(
      byte[] cubin,
      int registers,
      int spillStoreBytes,
      int spillLoadBytes,
      int stackBytes,
      int sharedBytes,
      String log) {}

  /**
   * Assembles a kernel.
   *
   * @param gpu what it shall run on
   * @throws GpuException with the compiler's log if the text is wrong
   */
  Assembled assemble(PtxKernel kernel, PtxTarget gpu);

  /** Of the CUDA release that the compiler belongs to, such as {@code 12.0}. */
  String version();
}
