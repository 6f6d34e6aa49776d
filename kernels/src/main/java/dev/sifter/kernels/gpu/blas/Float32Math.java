package dev.sifter.kernels.gpu.blas;

/** How products of {@code float} matrices are computed. Sums are always {@code float}. */
public enum Float32Math {
  /** With all 24 bits of the factors. */
  FULL,
  /** On tensor cores, with 11 bits of each factor: up to eight times as fast. */
  TF32
}
