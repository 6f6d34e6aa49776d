package dev.sifter.kernels.ptx;

import java.util.Locale;

/** How the numbers of a tensor lie in memory. */
public enum ElementType {
  /** IEEE 754 binary32. */
  F32(4),
  /** The upper half of a binary32. */
  BF16(2),
  /** IEEE 754 binary16. */
  F16(2);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one element. */
  public int bytes() {
    return bytes;
  }

  /** As in the names of kernels. */
  public String suffix() {
    return name().toLowerCase(Locale.ROOT);
  }
}
