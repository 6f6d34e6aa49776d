package dev.sifter.kernels.gpu.blas;

/** The type of a matrix's elements. */
public enum MatrixType {
  /** 16 bits with the exponent of {@code float}. */
  BF16(2),
  /** {@code float}. */
  F32(4);

  private final int bytes;

  MatrixType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of an element. */
  public int bytes() {
    return bytes;
  }
}
