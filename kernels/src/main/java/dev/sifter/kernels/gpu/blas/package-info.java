/**
 * Products of large matrices on a device.
 *
 * <p>{@link dev.sifter.kernels.gpu.blas.Blas} has three implementations: cuBLAS through JCuda where
 * {@code libcublas} of CUDA 12 is there, cuBLAS of CUDA 11 to 13 through the JDK's foreign
 * functions, and the project's own kernels, which the emulator needs. {@link
 * dev.sifter.kernels.gpu.GpuDevices#blas} chooses and says why.
 *
 * <p>{@link dev.sifter.kernels.gpu.blas.CublasFunctions} is the only class here that calls native
 * functions.
 */
package dev.sifter.kernels.gpu.blas;
