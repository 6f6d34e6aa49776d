package dev.sifter.kernels.gpu.jcuda;

import static dev.sifter.kernels.gpu.blas.CublasStatus.check;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.blas.CublasProducts;
import dev.sifter.kernels.gpu.blas.CublasStatus;
import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.runtime.cudaStream_t;

/** cuBLAS of CUDA 12 through JCuda, whose native library is linked to that version. */
public final class JCudaCublas extends CublasProducts {
  private final cublasHandle handle = new cublasHandle();
  private final GpuStream stream;
  private final DeviceBuffer workspace;
  private final float[] alpha = new float[1];
  private final float[] beta = new float[1];

  private JCudaCublas(JCudaGpu gpu, JCudaStream stream) {
    this.stream = stream;
    gpu.makeCurrent();
    CublasStatus.checkCreated(JCublas2.cublasCreate(handle));
    try {
      workspace = prepare(gpu, stream);
    } catch (RuntimeException failed) {
      try (Opened _ = this::destroy) {
        throw failed;
      }
    }
  }

  private DeviceBuffer prepare(JCudaGpu gpu, JCudaStream its) {
    DeviceBuffer taken = gpu.allocate(WORKSPACE_BYTES);
    try {
      // The stream first: setting it takes a workspace away.
      check("cublasSetStream", JCublas2.cublasSetStream(handle, new cudaStream_t(its.driver())));
      check(
          "cublasSetWorkspace",
          JCublas2.cublasSetWorkspace(
              handle, new Addresses.Device(taken.address()), taken.byteSize()));
      check("cublasSetAtomicsMode", JCublas2.cublasSetAtomicsMode(handle, NO_ATOMICS));
      check("cublasSetMathMode", JCublas2.cublasSetMathMode(handle, FULL_PRECISION_SUMS));
      return taken;
    } catch (RuntimeException failed) {
      try (taken) {
        throw failed;
      }
    }
  }

  /**
   * Opens cuBLAS for a stream of a {@link JCudaGpu}.
   *
   * @throws GpuUnavailableException if {@code libcublas.so.12} or JCuda's library is not there, or
   *     does not start
   */
  public static JCudaCublas open(Gpu gpu, GpuStream stream) {
    try {
      return new JCudaCublas((JCudaGpu) gpu, (JCudaStream) stream);
    } catch (LinkageError missing) {
      throw new GpuUnavailableException("JCuda's cuBLAS needs libcublas of CUDA 12", missing);
    }
  }

  @Override
  protected void gemmEx(Gemm gemm) {
    alpha[0] = gemm.alpha();
    beta[0] = gemm.beta();
    check(
        "cublasGemmEx",
        JCublas2.cublasGemmEx_new(
            handle,
            gemm.transa(),
            gemm.transb(),
            gemm.m(),
            gemm.n(),
            gemm.k(),
            Pointer.to(alpha),
            new Addresses.Device(gemm.a()),
            gemm.aType(),
            gemm.lda(),
            new Addresses.Device(gemm.b()),
            gemm.bType(),
            gemm.ldb(),
            Pointer.to(beta),
            new Addresses.Device(gemm.c()),
            gemm.cType(),
            gemm.ldc(),
            gemm.computeType(),
            cublasGemmAlgo.CUBLAS_GEMM_DEFAULT));
  }

  @Override
  public String description() {
    int[] version = new int[1];
    check("cublasGetVersion", JCublas2.cublasGetVersion(handle, version));
    return "cuBLAS 12 (%d), through JCuda".formatted(version[0]);
  }

  private void destroy() {
    check("cublasDestroy", JCublas2.cublasDestroy(handle));
  }

  @Override
  public void close() {
    try (workspace;
        Opened _ = this::destroy) {
      stream.synchronize();
    }
  }
}
