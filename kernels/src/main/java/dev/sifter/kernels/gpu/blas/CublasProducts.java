package dev.sifter.kernels.gpu.blas;

/**
 * What cuBLAS is asked for, whoever asks.
 *
 * <p>cuBLAS stores matrices by columns. Read that way, a matrix that is stored by rows is its own
 * transpose; so Cᵀ = op(B)ᵀ·op(A)ᵀ is asked for, with the factors exchanged and nothing moved.
 */
public abstract class CublasProducts implements Blas {
  /** Bytes of workspace that NVIDIA advises for Hopper; more than older devices need. */
  protected static final long WORKSPACE_BYTES = 32 << 20;

  /** {@code CUBLAS_ATOMICS_NOT_ALLOWED}: one order of every sum. */
  protected static final int NO_ATOMICS = 0;

  /** {@code CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION}: sums stay {@code float}. */
  protected static final int FULL_PRECISION_SUMS = 16;

  private static final int CUDA_R_32F = 0;
  private static final int CUDA_R_16BF = 14;
  private static final int CUBLAS_COMPUTE_32F = 68;
  private static final int CUBLAS_COMPUTE_32F_FAST_TF32 = 77;
  private static final int CUBLAS_OP_N = 0;
  private static final int CUBLAS_OP_T = 1;

  /** Something of the library that is given back also when a step after it fails. */
  @FunctionalInterface
  protected interface Opened extends AutoCloseable {
    @Override
    void close();
  }

  /** For implementations. */
  protected CublasProducts() {}

  @Override
  public final void multiply(Product product) {
    Matrix a = product.a();
    Matrix b = product.b();
    Matrix c = product.c();
    boolean tf32 = a.type() == MatrixType.F32 && product.math() == Float32Math.TF32;
    gemmEx(
        new Gemm(
            product.transposeB() ? CUBLAS_OP_T : CUBLAS_OP_N,
            product.transposeA() ? CUBLAS_OP_T : CUBLAS_OP_N,
            product.n(),
            product.m(),
            product.k(),
            product.alpha(),
            b.slice().address(),
            type(b),
            b.rowStride(),
            a.slice().address(),
            type(a),
            a.rowStride(),
            product.beta(),
            c.slice().address(),
            type(c),
            c.rowStride(),
            tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F));
  }

  private static int type(Matrix matrix) {
    return switch (matrix.type()) {
      case BF16 -> CUDA_R_16BF;
      case F32 -> CUDA_R_32F;
    };
  }

  /** Calls {@code cublasGemmEx} with the default algorithm. */
  protected abstract void gemmEx(Gemm gemm);

  /** The arguments of {@code cublasGemmEx}, in its order and with its names. */
  public record Gemm(
      int transa,
      int transb,
      int m,
      int n,
      int k,
      float alpha,
      long a,
      int aType,
      int lda,
      long b,
      int bType,
      int ldb,
      float beta,
      long c,
      int cType,
      int ldc,
      int computeType) {}
}
