package dev.sifter.kernels.ptx;

import java.util.List;

/**
 * One kernel, specialised for its shapes and types, as a whole PTX module of one entry point.
 *
 * <p>The text is all that a driver, NVIDIA's compiler or the emulator gets; the other components
 * say how to launch it.
 *
 * @param name the entry point; names the specialisation too, such as {@code rms_norm_bf16_2048}
 * @param text PTX, {@code .version 8.0}
 * @param parameters in the order of the entry point's list
 * @param threadsPerBlock threads of a block, in one dimension; a multiple of 32, as in {@code
 *     .reqntid}
 * @param sharedBytes size of the dynamic shared memory that a launch must give it
 * @param target the least GPU that runs it
 */
public record PtxKernel(
    String name,
    String text,
    List<KernelParameter> parameters,
    int threadsPerBlock,
    int sharedBytes,
    PtxTarget target) {

  /** Checks the limits that hold on every GPU. */
  public PtxKernel {
    parameters = List.copyOf(parameters);
    if (threadsPerBlock <= 0 || threadsPerBlock > 1024 || threadsPerBlock % 32 != 0) {
      throw new IllegalArgumentException(
          "kernel %s: %d threads a block; it must be a multiple of 32 up to 1024"
              .formatted(name, threadsPerBlock));
    }
    if (sharedBytes < 0 || sharedBytes > 227 << 10) {
      throw new IllegalArgumentException(
          "kernel %s: %d bytes of shared memory; no GPU has more than %d a block"
              .formatted(name, sharedBytes, 227 << 10));
    }
  }
}
