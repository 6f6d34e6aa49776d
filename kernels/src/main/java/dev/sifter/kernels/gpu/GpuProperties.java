package dev.sifter.kernels.gpu;

import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;

/**
 * What a device is.
 *
 * @param name as its maker calls it
 * @param computeMajor major number of the compute capability; 9 is Hopper
 * @param computeMinor minor number of the compute capability
 * @param multiprocessors number of streaming multiprocessors
 * @param memoryBytes device memory altogether
 * @param sharedBytesPerBlock the most dynamic shared memory that a block may ask for
 * @param l2Bytes size of the second-level cache
 */
public record GpuProperties(
    String name,
    int computeMajor,
    int computeMinor,
    int multiprocessors,
    long memoryBytes,
    int sharedBytesPerBlock,
    int l2Bytes) {

  /** Whether kernels for {@code target} run here. */
  public boolean supports(PtxTarget target) {
    return switch (target) {
      case SM_80 -> computeMajor >= 8;
      case SM_90A -> computeMajor == 9 && computeMinor == 0;
    };
  }

  /**
   * Refuses a kernel that this device cannot run.
   *
   * @throws IllegalArgumentException naming the kernel, what it needs and what is there
   */
  public void requireRunnable(PtxKernel kernel) {
    if (!supports(kernel.target())) {
      throw new IllegalArgumentException(
          "kernel %s is for %s; %s is of compute capability %d.%d"
              .formatted(
                  kernel.name(), kernel.target().ptxName(), name, computeMajor, computeMinor));
    }
    if (kernel.sharedBytes() > sharedBytesPerBlock) {
      throw new IllegalArgumentException(
          "kernel %s needs %d bytes of shared memory a block; %s has %d. Attention with wide heads"
                  .formatted(kernel.name(), kernel.sharedBytes(), name, sharedBytesPerBlock)
              + " needs less in bf16 (bf16: true), and none with --device cpu");
    }
  }
}
