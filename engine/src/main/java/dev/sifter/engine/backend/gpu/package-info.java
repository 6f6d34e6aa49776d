/**
 * The backend on a GPU, real or emulated: every kernel of the engine as launches of {@link
 * dev.sifter.kernels.library}.
 *
 * <p>{@link dev.sifter.engine.backend.gpu.GpuBackend} owns the memory ({@code DeviceStorage}); each
 * kernel interface has one class here, which checks shapes, turns tensors into arrays of the kernel
 * library, and puts its launches into the one stream of {@code GpuContext}. Nothing waits for the
 * device but a download.
 */
package dev.sifter.engine.backend.gpu;
