package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;

/**
 * A matrix in four bits an element: codes of a book, and a scale for each block of neighbours, in
 * fp32 or in eight bits itself. Blocks run on from one row into the next.
 *
 * @param rows of the matrix
 * @param width elements of a row
 * @param codes two a byte, the first in the upper half
 * @param codeBook fp32 [16], such as {@link QuantizationCodes#nf4}
 * @param blockSize elements of a block
 * @param scales fp32, one a block; null where they are nested
 * @param nested the scales in eight bits; null where they are not
 */
public record QuantizedMatrix(
    int rows,
    int width,
    DeviceSlice codes,
    Array codeBook,
    int blockSize,
    Array scales,
    NestedScales nested) {
  /** Elements of a 32-bit word. */
  static final int WORD = 8;

  /**
   * Scales in eight bits ("double quantisation"): codeBook[code] · scale + offset.
   *
   * @param codes a byte a block of the matrix
   * @param codeBook fp32 [256], such as {@link QuantizationCodes#signed8}
   * @param scales fp32, one a block of codes
   * @param blockSize codes of a block
   * @param offset added to every scale
   */
  public record NestedScales(
      DeviceSlice codes, Array codeBook, Array scales, int blockSize, float offset) {}

  /** Refuses a matrix of which nothing or both is said of the scales. */
  public QuantizedMatrix {
    if ((scales == null) == (nested == null)) {
      throw new IllegalArgumentException("scales of blocks are either fp32 numbers or nested");
    }
  }

  /** Blocks of elements. */
  int blocks() {
    return Math.toIntExact(Math.ceilDiv((long) rows * width, blockSize));
  }

  /** Whether rows and blocks are whole words. */
  boolean hasWholeWords() {
    return width % WORD == 0 && blockSize % WORD == 0 && codes.address() % Integer.BYTES == 0;
  }
}
