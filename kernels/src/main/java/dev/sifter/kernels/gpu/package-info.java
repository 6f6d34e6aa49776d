/**
 * The device interface: what the engine asks of a GPU, real or emulated.
 *
 * <h2>How data flows through it</h2>
 *
 * <pre>{@code
 * try (Gpu gpu = GpuDevices.open("emulator");
 *     DeviceBuffer x = gpu.allocate(4L * n);
 *     DeviceBuffer y = gpu.allocate(4L * n)) {
 *   GpuStream stream = gpu.stream();
 *   stream.copyToDevice(host, x.all());
 *   GpuKernel scale = gpu.load(ptxKernel);                        // assembled once, then cached
 *   stream.launch(scale, Grid.of(blocks), x.all(), y.all(), n, 2f);
 *   stream.copyToHost(y.all(), host);
 *   stream.synchronize();                                         // now the host may read
 * }
 * }</pre>
 *
 * <p><b>Memory.</b> A {@link dev.sifter.kernels.gpu.DeviceBuffer} is one allocation of known size.
 * All work names {@link dev.sifter.kernels.gpu.DeviceSlice}s of it, and a slice that would leave
 * its buffer cannot be made, so a view that is out of bounds is refused on the host, before
 * anything runs. A pool that hands out slices of one buffer tells by {@link
 * dev.sifter.kernels.gpu.GpuStream#discard} that the old contents of a slice mean nothing any more;
 * the emulator then reports a read of them, a device does nothing.
 *
 * <p><b>Order.</b> Work is put into a {@link dev.sifter.kernels.gpu.GpuStream} and runs in the
 * order of its stream. Nothing has happened for sure until {@link
 * dev.sifter.kernels.gpu.GpuStream#synchronize}; an error of a kernel, too, may only show there.
 * Streams know each other through {@link dev.sifter.kernels.gpu.GpuEvent}s, which also take the
 * time. Closing a buffer waits for the work that was put in before.
 *
 * <p><b>Kernels.</b> A {@link dev.sifter.kernels.ptx.PtxKernel} is text; {@link
 * dev.sifter.kernels.gpu.Gpu#load} makes it launchable and keeps it by its text. The arguments of a
 * launch are checked against the kernel's parameters: {@code Integer} for {@code .u32}, {@code
 * Long} for {@code .u64}, {@code Float} for {@code .f32}, a slice or a whole buffer for a pointer.
 * All shared memory is dynamic and of the size that the kernel states.
 *
 * <p><b>Graphs.</b> {@link dev.sifter.kernels.gpu.GpuStream#capture} notes work instead of running
 * it; {@link dev.sifter.kernels.gpu.GpuStream#replay} runs it again with the same arguments, at the
 * cost of one launch.
 *
 * <p><b>Errors</b> are {@link dev.sifter.kernels.gpu.GpuException}s: memory that is not there, a
 * kernel's fault, a device that is absent or lost. A wrong argument is an {@code
 * IllegalArgumentException}, use of something closed an {@code IllegalStateException}, both thrown
 * before anything is enqueued.
 *
 * <p><b>Threads.</b> One thread at a time uses a {@code Gpu} and all that came from it.
 *
 * <p>{@code .emulator} runs the PTX text in Java, {@code .jcuda} on a device; {@link
 * dev.sifter.kernels.gpu.RecordingGpu} writes down what passes through; {@link
 * dev.sifter.kernels.gpu.DryGpu} does nothing, for plans. The checks that are made on the host are
 * in this package, once for all of them.
 */
package dev.sifter.kernels.gpu;
