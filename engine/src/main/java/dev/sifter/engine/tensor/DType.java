package dev.sifter.engine.tensor;

/** Element types of tensors, with their size in bytes. */
public enum DType {
  /** IEEE 754 binary32: parameters that are trained, activations, gradients. */
  F32(4, true),
  /** IEEE 754 binary64: gradient checks on the reference backend. */
  F64(8, true),
  /** The upper half of a binary32 (8 exponent bits, 7 fraction bits): frozen weights. */
  BF16(2, true),
  /** IEEE 754 binary16 (5 exponent bits, 10 fraction bits): frozen weights. */
  F16(2, true),
  /** 32-bit signed integers: token ids, positions, row numbers. */
  I32(4, false),
  /** Bytes: codes of quantised weights. */
  U8(1, false);

  private final int bytes;
  private final boolean floating;

  DType(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** Type of sums over elements of this type, of statistics and losses: fp32, or fp64 of fp64. */
  public DType sums() {
    return this == F64 ? F64 : F32;
  }

  /** Whether elements are floating-point numbers. */
  public boolean isFloating() {
    return floating;
  }
}
