package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;

/**
 * A frozen matrix [out, in] in 4 bits an element (QLoRA, Dettmers et al. 2023): codes of a book, a
 * scale for each block of neighbours, and these scales in 8 bits themselves where they are nested.
 * It is unpacked for a product and then let go, so that one matrix at a time lies in memory whole.
 *
 * @param outputs rows
 * @param inputs columns
 * @param codes U8, two a byte, the first in the upper half
 * @param codeBook F32 [16]
 * @param scales F32, one a block; null where they are nested
 * @param nested the scales in 8 bits; null where they are not
 * @param blockSize elements of a block
 * @param unpackedAs the type that elements are rounded to, as the reference stack unpacks them
 * @param room what is kept free around the matrix where it is unpacked
 */
public record QuantizedWeight(
    int outputs,
    int inputs,
    Tensor codes,
    Tensor codeBook,
    Tensor scales,
    NestedScales nested,
    int blockSize,
    DType unpackedAs,
    Room room)
    implements LinearWeight {

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

  @Override
  public Variable trained() {
    return null;
  }

  @Override
  public Factor open(Workspace workspace) {
    Tensor matrix = workspace.temporary(unpackedAs, Shape.of(outputs, inputs));
    unpack(workspace, matrix);
    return new Factor(matrix, true, () -> workspace.release(matrix));
  }

  @Override
  public Bordered openBordered(Workspace workspace) {
    Shape shape = Shape.of((long) outputs + room.below(), inputs);
    Tensor whole = workspace.temporary(unpackedAs, shape, room.right());
    BorderedMatrix matrix = new BorderedMatrix(whole, outputs);
    unpack(workspace, matrix.matrix());
    return new Bordered(matrix, () -> workspace.release(whole));
  }

  private void unpack(Workspace workspace, Tensor matrix) {
    Tensor blockScales = scales;
    if (nested != null) {
      blockScales = workspace.temporary(DType.F32, nested.codes.shape());
      workspace
          .backend()
          .pointwise()
          .dequantize(
              nested.codes,
              8,
              nested.codeBook,
              nested.scales,
              nested.blockSize,
              nested.offset,
              blockScales);
    }
    workspace
        .backend()
        .pointwise()
        .dequantize(codes, 4, codeBook, blockScales, blockSize, 0, matrix);
    if (nested != null) {
      workspace.release(blockScales);
    }
  }

  @Override
  public String toString() {
    return "[%d, %d] in 4 bits".formatted(outputs, inputs);
  }
}
