package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;

/**
 * A matrix in 4 bits an element: codes of a book, and a scale for each block of neighbours. An
 * element is codeBook[code] · scale in fp32, then rounded to {@code unpackedAs}; a nested scale is
 * codeBook[code] · scale + offset, of which product and sum are each rounded to fp32.
 *
 * @param rows of the matrix
 * @param width elements of a row
 * @param codes U8, two a byte, the first in the upper half; rows follow each other without a gap
 * @param codeBook F32 [16]
 * @param scales F32, one a block; null where they are nested
 * @param nested the scales in 8 bits; null where they are not
 * @param blockSize elements of a block
 * @param unpackedAs the type that elements are rounded to, as the reference stack unpacks them
 */
public record PackedMatrix(
    int rows,
    int width,
    Tensor codes,
    Tensor codeBook,
    Tensor scales,
    NestedScales nested,
    int blockSize,
    DType unpackedAs) {

  /**
   * Scales in 8 bits ("double quantisation").
   *
   * @param codes U8, one a block of the matrix
   * @param codeBook F32 [256]
   * @param scales F32, one a block of codes
   * @param blockSize codes of a block
   * @param offset added to every scale
   */
  public record NestedScales(
      Tensor codes, Tensor codeBook, Tensor scales, int blockSize, float offset) {}

  /** Refuses a matrix of which nothing or both is said of the scales. */
  public PackedMatrix {
    if ((scales == null) == (nested == null)) {
      throw new IllegalArgumentException("scales of blocks are either fp32 numbers or nested");
    }
  }
}
