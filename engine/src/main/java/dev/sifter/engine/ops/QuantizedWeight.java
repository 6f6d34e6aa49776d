package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.backend.PackedMatrix;
import dev.sifter.engine.backend.PackedMatrix.NestedScales;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;

/**
 * A frozen matrix [out, in] in 4 bits an element (QLoRA, Dettmers et al. 2023). It is unpacked for
 * a product and then let go, so that one matrix at a time lies in memory whole; a backend that
 * multiplies a few rows by the codes themselves, as decoding does, never unpacks it.
 *
 * @param packed the codes, and what turns them into numbers
 * @param room what is kept free around the matrix where it is unpacked
 */
public record QuantizedWeight(PackedMatrix packed, Room room) implements LinearWeight {

  /** A matrix without room around it. */
  public QuantizedWeight(PackedMatrix packed) {
    this(packed, Room.NONE);
  }

  @Override
  public int outputs() {
    return packed.rows();
  }

  @Override
  public int inputs() {
    return packed.width();
  }

  @Override
  public Variable trained() {
    return null;
  }

  @Override
  public void times(Workspace workspace, Tensor x, Tensor y) {
    if (!workspace.backend().linear().matmulPacked(x, packed, 1, 0, y)) {
      LinearWeight.super.times(workspace, x, y);
    }
  }

  @Override
  public void timesAdapted(
      Workspace workspace, Tensor x, LowRankChange change, Tensor z, Tensor y) {
    LinearKernels kernels = workspace.backend().linear();
    if (kernels.matmulPacked(x, packed, 1, 0, y)) {
      kernels.addChange(x, change, z, y);
    } else {
      LinearWeight.super.timesAdapted(workspace, x, change, z, y);
    }
  }

  @Override
  public Factor open(Workspace workspace) {
    Tensor matrix = workspace.temporary(packed.unpackedAs(), Shape.of(outputs(), inputs()));
    unpack(workspace, matrix);
    return new Factor(matrix, true, () -> workspace.release(matrix));
  }

  @Override
  public Bordered openBordered(Workspace workspace) {
    Shape shape = Shape.of((long) outputs() + room.below(), inputs());
    Tensor whole = workspace.temporary(packed.unpackedAs(), shape, room.right());
    BorderedMatrix matrix = new BorderedMatrix(whole, outputs());
    unpack(workspace, matrix.matrix());
    return new Bordered(matrix, () -> workspace.release(whole));
  }

  private void unpack(Workspace workspace, Tensor matrix) {
    PointwiseKernels kernels = workspace.backend().pointwise();
    NestedScales nested = packed.nested();
    Tensor scales = packed.scales();
    if (nested != null) {
      scales = workspace.temporary(DType.F32, nested.codes().shape());
      kernels.dequantize(
          nested.codes(),
          8,
          nested.codeBook(),
          nested.scales(),
          nested.blockSize(),
          nested.offset(),
          scales);
    }
    kernels.dequantize(packed.codes(), 4, packed.codeBook(), scales, packed.blockSize(), 0, matrix);
    if (nested != null) {
      workspace.release(scales);
    }
  }

  @Override
  public String toString() {
    return "[%d, %d] in 4 bits".formatted(outputs(), inputs());
  }
}
