package dev.sifter.kernels.ptx;

import java.util.Locale;

/**
 * Among which threads a value is known to be the same. The assembler follows it through every
 * instruction, so that a barrier or a warp-wide instruction under a condition that its threads do
 * not share is refused while the kernel is built.
 */
enum Uniformity {
  /** All threads of a block. */
  BLOCK,
  /** All lanes of a warp. */
  WARP,
  /** No two threads, as far as is known. */
  THREAD;

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  Uniformity and(Uniformity other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
