package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.PtxAssembler;

/**
 * Rows of heads in a kernel: queries, keys, values, outputs.
 *
 * @param k the assembler
 * @param start the first row's first head, or the head that is meant
 * @param stride elements from one row to the next
 * @param headDim elements of a head
 * @param vector elements that addresses of heads are multiples of
 */
record HeadRows(PtxAssembler k, ElementPointer start, B32 stride, int headDim, int vector) {

  /** The rows from some row on, of one head. */
  HeadRows from(B32 row, B32 head) {
    return new HeadRows(k, k.at(row(row), head, headDim), stride, headDim, vector);
  }

  /** The heads' elements from some vector on. */
  HeadRows fromVector(B32 index) {
    return new HeadRows(k, k.at(start, index, vector), stride, headDim, vector);
  }

  /** One row. */
  ElementPointer row(B32 row) {
    return k.atRow(start, row, stride, vector);
  }
}
