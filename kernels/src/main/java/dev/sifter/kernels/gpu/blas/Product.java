package dev.sifter.kernels.gpu.blas;

/**
 * C = α·op(A)·op(B) + β·C, where op(X) is X or its transpose.
 *
 * <p>A and B are of one type. If that is {@code BF16}, C may be either type; if it is {@code F32},
 * C is, too. Sums are {@code float}.
 *
 * @param a left factor
 * @param transposeA whether its transpose is meant
 * @param b right factor
 * @param transposeB whether its transpose is meant
 * @param c result; may not overlap with A or B
 * @param alpha factor of the product
 * @param beta factor of what C holds before; if 0, that is not read
 * @param math of products of {@code F32}
 */
public record Product(
    Matrix a,
    boolean transposeA,
    Matrix b,
    boolean transposeB,
    Matrix c,
    float alpha,
    float beta,
    Float32Math math) {

  /** Refuses matrices that do not fit each other. */
  public Product {
    int aRows = transposeA ? a.columns() : a.rows();
    int aColumns = transposeA ? a.rows() : a.columns();
    int bRows = transposeB ? b.columns() : b.rows();
    int bColumns = transposeB ? b.rows() : b.columns();
    if (aColumns != bRows || c.rows() != aRows || c.columns() != bColumns) {
      throw new IllegalArgumentException(
          "%d×%d = %d×%d · %d×%d"
              .formatted(c.rows(), c.columns(), aRows, aColumns, bRows, bColumns));
    }
    if (a.type() != b.type() || a.type() == MatrixType.F32 && c.type() != MatrixType.F32) {
      throw new IllegalArgumentException("%s = %s · %s".formatted(c.type(), a.type(), b.type()));
    }
    if (c.overlaps(a) || c.overlaps(b)) {
      throw new IllegalArgumentException("the result %s overlaps a factor".formatted(c.slice()));
    }
  }

  /** C = op(A)·op(B). */
  public static Product of(Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
    return new Product(a, transposeA, b, transposeB, c, 1, 0, Float32Math.FULL);
  }

  /** Rows of C. */
  public int m() {
    return c.rows();
  }

  /** Columns of C. */
  public int n() {
    return c.columns();
  }

  /** Products in each of C's sums. */
  public int k() {
    return transposeA ? a.rows() : a.columns();
  }
}
