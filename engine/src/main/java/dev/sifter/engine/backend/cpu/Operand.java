package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * A factor of a matrix product, seen as lanes by depth: the lanes of A are its rows, those of B its
 * columns, and the depth is the dimension that the product sums over.
 *
 * @param dtype element type
 * @param memory the elements
 * @param lanes extent of the dimension that the product keeps
 * @param depth extent of the dimension that the product sums over
 * @param depthContiguous whether neighbours in memory differ in depth; otherwise in lane
 */
record Operand(DType dtype, MemorySegment memory, int lanes, int depth, boolean depthContiguous) {

  /** op(A): rows are lanes. */
  static Operand ofA(Tensor a, boolean transposed) {
    return transposed
        ? new Operand(a.dtype(), a.segment(), a.width(), a.rows(), false)
        : new Operand(a.dtype(), a.segment(), a.rows(), a.width(), true);
  }

  /** op(B): columns are lanes. */
  static Operand ofB(Tensor b, boolean transposed) {
    return transposed
        ? new Operand(b.dtype(), b.segment(), b.rows(), b.width(), true)
        : new Operand(b.dtype(), b.segment(), b.width(), b.rows(), false);
  }
}
