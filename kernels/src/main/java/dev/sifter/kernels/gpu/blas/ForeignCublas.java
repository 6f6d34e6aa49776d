package dev.sifter.kernels.gpu.blas;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** cuBLAS of CUDA 11, 12 or 13 through the JDK's foreign functions. */
public final class ForeignCublas extends CublasProducts {
  private static final int OLDEST = 11;
  private static final int NEWEST = 13;

  private final CublasFunctions functions;
  private final String file;
  private final GpuStream stream;
  private final DeviceBuffer workspace;
  private final MemorySegment alpha = Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT);
  private final MemorySegment beta = Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT);
  private final long handle;
  private final int version;

  /** For products in {@code stream}, which {@code gpu} made. */
  ForeignCublas(CublasFunctions functions, String file, Gpu gpu, GpuStream stream) {
    this.functions = functions;
    this.file = file;
    this.stream = stream;
    handle = functions.create();
    try {
      version = functions.version(handle);
      if (major() < OLDEST || major() > NEWEST) {
        throw new GpuUnavailableException(
            "%s is cuBLAS %d; versions %d to %d are known"
                .formatted(file, major(), OLDEST, NEWEST));
      }
      workspace = prepare(gpu);
    } catch (RuntimeException failed) {
      try (Opened _ = this::destroy) {
        throw failed;
      }
    }
  }

  private DeviceBuffer prepare(Gpu gpu) {
    DeviceBuffer taken = gpu.allocate(WORKSPACE_BYTES);
    try {
      // The stream first: setting it takes a workspace away.
      functions.setStream(handle, stream.handle());
      functions.setWorkspace(handle, taken.address(), taken.byteSize());
      functions.setAtomicsMode(handle, NO_ATOMICS);
      functions.setMathMode(handle, FULL_PRECISION_SUMS);
      return taken;
    } catch (RuntimeException failed) {
      try (taken) {
        throw failed;
      }
    }
  }

  /**
   * Loads a library.
   *
   * @param library the file {@code libcublas.so.N} or {@code cublas64_N.dll}
   * @throws GpuUnavailableException if it cannot be loaded or is of another version
   */
  public static ForeignCublas open(Path library, Gpu gpu, GpuStream stream) {
    return new ForeignCublas(CublasFunctions.load(library), library.toString(), gpu, stream);
  }

  /** From 11 on, a version is 10 000 times its major number and more; before, 1 000 times. */
  private int major() {
    return version >= 100_000 ? version / 10_000 : version / 1_000;
  }

  @Override
  protected void gemmEx(Gemm gemm) {
    // cuBLAS has read both when the call returns.
    alpha.set(ValueLayout.JAVA_FLOAT, 0, gemm.alpha());
    beta.set(ValueLayout.JAVA_FLOAT, 0, gemm.beta());
    functions.gemmEx(handle, gemm, alpha, beta);
  }

  @Override
  public String description() {
    return "cuBLAS %d (%d), %s, through foreign functions".formatted(major(), version, file);
  }

  private void destroy() {
    functions.destroy(handle);
  }

  @Override
  public void close() {
    try (workspace;
        Opened _ = this::destroy) {
      stream.synchronize();
    }
  }
}
