package dev.sifter.engine.backend.gpu;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.gpu.blas.Blas;
import dev.sifter.kernels.gpu.blas.Product;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.LoadedKernels;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One thing for the stream to do. Two are equal if they do the same to the same memory, so that a
 * graph of one does for the other.
 */
sealed interface Work {

  /** Puts it into the stream. */
  void enqueue(GpuStream stream, LoadedKernels kernels);

  /** Whether a call of the driver does it. */
  default boolean isLaunch() {
    return true;
  }

  /** A launch of an own kernel. */
  record Launched(Launch launch) implements Work {
    @Override
    public void enqueue(GpuStream stream, LoadedKernels kernels) {
      kernels.run(stream, List.of(launch));
    }
  }

  /** A product by a library, which knows its stream. */
  record Multiplied(Blas blas, Product product) implements Work {
    @Override
    public void enqueue(GpuStream stream, LoadedKernels kernels) {
      blas.multiply(product);
    }
  }

  /**
   * A copy from the host. Two are equal if they go to the same memory: what they bring may differ.
   *
   * @param source the bytes, which stay as they are
   */
  record Copied(MemorySegment source, DeviceSlice target) implements Work {
    @Override
    public void enqueue(GpuStream stream, LoadedKernels kernels) {
      stream.copyToDevice(source, target);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Copied copied && target.equals(copied.target);
    }

    @Override
    public int hashCode() {
      return target.hashCode();
    }
  }

  /** The end of a tensor, in its turn: works before it may read the tensor, later ones may not. */
  record Discarded(DeviceSlice slice) implements Work {
    @Override
    public boolean isLaunch() {
      return false;
    }

    @Override
    public void enqueue(GpuStream stream, LoadedKernels kernels) {
      stream.discard(slice);
    }
  }
}
