package dev.sifter.kernels.gpu;

import dev.sifter.kernels.ptx.PtxKernel;

/** A kernel that a device has loaded. It lives as long as its device. */
public interface GpuKernel {

  /** What it was made from. */
  PtxKernel source();
}
