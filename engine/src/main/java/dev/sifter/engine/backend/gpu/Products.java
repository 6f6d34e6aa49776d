package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.blas.Blas;
import dev.sifter.kernels.gpu.blas.Float32Math;
import dev.sifter.kernels.gpu.blas.Matrix;
import dev.sifter.kernels.gpu.blas.MatrixType;
import dev.sifter.kernels.gpu.blas.Product;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.Cast;
import dev.sifter.kernels.library.Gemm;
import dev.sifter.kernels.library.GemmShape;
import dev.sifter.kernels.ptx.ElementType;

/**
 * Matrix products: cuBLAS where there is one and it takes the types, own kernels otherwise.
 *
 * <p>cuBLAS multiplies fp32 by fp32 and bf16 by bf16. The own kernels take fp16 too, and factors of
 * two types, as a frozen weight in bf16 under activations in fp32 is.
 */
final class Products implements AutoCloseable {
  private final GpuContext context;
  private final GpuDevices.Choice<Blas> blas;

  /** Whether a library multiplies, whose calls take their turn in the queue. */
  private final boolean library;

  Products(GpuContext context, Gpu gpu) {
    this.context = context;
    blas = GpuDevices.blas(gpu, gpu.stream(), (device, stream) -> new OwnProducts(context));
    library = !(blas.what() instanceof OwnProducts);
  }

  /** What multiplies, and why. */
  String description() {
    return blas.why();
  }

  /** C = α · op(A) · op(B) + β · C, of matrices that fit. */
  void multiply(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      float alpha,
      float beta,
      Tensor c) {
    if (isRounded(a, b.dtype(), c)) {
      context.withTemporary(
          c.dtype(),
          b.shape(),
          rounded -> {
            context.run(Cast.launches(context.array(b), context.array(rounded), b.elements()));
            multiplyAsTheyAre(a, transposeA, rounded, transposeB, alpha, beta, c);
          });
    } else {
      multiplyAsTheyAre(a, transposeA, b, transposeB, alpha, beta, c);
    }
  }

  /** Whether B is a weight in fp32, and A and C are activations of a 16-bit type. */
  static boolean isRounded(Tensor a, DType b, Tensor c) {
    return a.dtype() == c.dtype() && a.dtype() != DType.F32 && b == DType.F32;
  }

  private void multiplyAsTheyAre(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      float alpha,
      float beta,
      Tensor c) {
    int terms = transposeA ? a.rows() : a.width();
    if (c.elements() > 0 && terms > 0 && isForBlas(a, b, c)) {
      Product product =
          new Product(
              matrix(a),
              transposeA,
              matrix(b),
              transposeB,
              matrix(c),
              alpha,
              beta,
              Float32Math.FULL);
      if (library) {
        context.multiply(blas.what(), product);
      } else {
        blas.what().multiply(product);
      }
    } else {
      GemmShape shape =
          new GemmShape(
              c.rows(),
              c.width(),
              terms,
              transposeA,
              transposeB,
              a.rowStride(),
              b.rowStride(),
              c.rowStride());
      run(context, shape, context.rows(a), context.rows(b), alpha, beta, context.rows(c));
    }
  }

  private static void run(
      GpuContext context, GemmShape shape, Array a, Array b, float alpha, float beta, Array c) {
    context.run(
        Gemm.scratchElements(shape),
        scratch -> Gemm.launches(shape, a, b, alpha, beta, c, scratch));
  }

  private static boolean isForBlas(Tensor a, Tensor b, Tensor c) {
    return a.dtype() == b.dtype()
        && switch (a.dtype()) {
          case F32 -> c.dtype() == a.dtype();
          case BF16 -> isBlasType(c);
          case F16, F64, I32, U8 -> false;
        };
  }

  private static boolean isBlasType(Tensor tensor) {
    return switch (tensor.dtype()) {
      case F32, BF16 -> true;
      case F16, F64, I32, U8 -> false;
    };
  }

  private Matrix matrix(Tensor tensor) {
    MatrixType type =
        switch (tensor.dtype()) {
          case F32 -> MatrixType.F32;
          case BF16 -> MatrixType.BF16;
          case F16, F64, I32, U8 -> throw new IllegalArgumentException("no product of " + tensor);
        };
    return new Matrix(
        context.slice(tensor), type, tensor.rows(), tensor.width(), tensor.rowStride());
  }

  @Override
  public void close() {
    blas.what().close();
  }

  /** The kernel library's products in the place of cuBLAS. */
  private record OwnProducts(GpuContext context) implements Blas {
    @Override
    public void multiply(Product product) {
      GemmShape shape =
          new GemmShape(
              product.m(),
              product.n(),
              product.k(),
              product.transposeA(),
              product.transposeB(),
              product.a().rowStride(),
              product.b().rowStride(),
              product.c().rowStride());
      run(
          context,
          shape,
          array(product.a()),
          array(product.b()),
          product.alpha(),
          product.beta(),
          array(product.c()));
    }

    private static Array array(Matrix matrix) {
      ElementType type =
          switch (matrix.type()) {
            case F32 -> ElementType.F32;
            case BF16 -> ElementType.BF16;
          };
      return new Array(matrix.slice(), type);
    }

    @Override
    public String description() {
      return "own kernels";
    }

    @Override
    public void close() {
      // The kernels are the context's.
    }
  }
}
