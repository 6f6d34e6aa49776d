package dev.sifter.kernels.ptx;

/** What is known about the lowest bits of addresses. */
final class Alignments {
  /** The widest access. */
  static final int MAX = 16;

  private Alignments() {}

  /** Largest power of two up to 16 that divides all of {@code values}; 0 is divided by all. */
  static int of(long... values) {
    long bits = MAX;
    for (long value : values) {
      bits |= value;
    }
    return (int) Long.lowestOneBit(bits);
  }
}
