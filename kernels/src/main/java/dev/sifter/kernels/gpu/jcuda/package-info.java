/**
 * A real GPU, and NVIDIA's PTX compiler, through JCuda.
 *
 * <p>This is the only package that names JCuda's classes. Their native libraries are loaded when
 * the first of them is used; that they are missing, or that the driver is, becomes a {@link
 * dev.sifter.kernels.gpu.GpuUnavailableException} here and a {@code LinkageError} nowhere.
 */
package dev.sifter.kernels.gpu.jcuda;
