package dev.sifter.kernels.library;

/** Rows that are further apart than they are wide. */
final class Strides {
  private Strides() {}

  /** Refuses rows that would overlap. */
  static void require(String what, int stride, int width) {
    if (stride < width) {
      throw new IllegalArgumentException(
          "rows of %s are %d elements wide, but only %d apart".formatted(what, width, stride));
    }
  }

  /** Elements from the first of the first row to the last of the last. */
  static long elements(int rows, int stride, int width) {
    return rows == 0 ? 0 : (rows - 1L) * stride + width;
  }
}
