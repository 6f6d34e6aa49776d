package dev.sifter.kernels.gpu.emulator;

/**
 * How a tensor core adds up products. None of them rounds after each product as {@code fma} does.
 *
 * <p>What devices do was found by experiment: microsoft/MMA-Sim, "Bit-accurate reference models of
 * matrix multiply-accumulate".
 */
public enum TensorArithmetic {
  /**
   * As on Hopper: all products and the addend are aligned to the largest exponent, cut off after 25
   * bits of fraction, added exactly, and the sum is cut off to an {@code .f32}.
   */
  EXACT_SM90(25, 16),
  /** As on Ampere and Ada: the same in two halves, with 24 bits of fraction. */
  EXACT_SM80(24, 8),
  /** Products added one by one, each sum rounded to nearest: faster, and close. */
  FAST(0, 0);

  private final int fractionBits;
  private final int productsAtOnce;

  TensorArithmetic(int fractionBits, int productsAtOnce) {
    this.fractionBits = fractionBits;
    this.productsAtOnce = productsAtOnce;
  }

  /** Bits of fraction that an aligned product keeps. */
  int fractionBits() {
    return fractionBits;
  }

  /** 16-bit products that are added in one step; half as many of {@code .tf32}. */
  int productsAtOnce() {
    return productsAtOnce;
  }
}
