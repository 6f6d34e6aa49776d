package dev.sifter.kernels.gpu;

import dev.sifter.kernels.gpu.blas.Blas;

/** Makes what multiplies matrices without cuBLAS: the project's own kernels. */
@FunctionalInterface
public interface BlasFactory {

  /** For products in {@code stream}, which {@code gpu} made. */
  Blas open(Gpu gpu, GpuStream stream);
}
