package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;

/** Lengths of the rows of W and of W + s·B·A, an output a row. */
public final class RowNorms {
  private RowNorms() {}

  /** ‖W‖² of each row, into {@code squares} [out]. */
  public static void square(Workspace workspace, LinearWeight weight, Tensor squares) {
    LinearKernels kernels = workspace.backend().linear();
    try (LinearWeight.Factor w = weight.open(workspace)) {
      if (w.outputsFirst()) {
        kernels.rowDots(w.matrix(), w.matrix(), false, squares);
      } else {
        kernels.columnDots(w.matrix(), w.matrix(), false, squares);
      }
    }
  }

  /**
   * 1/‖W + s·B·A‖ of each row, 0 for a row of zeros, without forming the sum: ‖W‖² + Σ_r B·(2s·W·Aᵀ
   * + s²·B·A·Aᵀ), at 2·in·out·r FLOPs.
   *
   * @param change of W: what s·(x·Aᵀ)·Bᵀ does to x, with B as [out, r]
   * @param squares ‖W‖² of each row
   * @param inverse [out], receives the result
   */
  public static void invert(
      Workspace workspace,
      LinearWeight weight,
      LowRankChange change,
      Tensor squares,
      Tensor inverse) {
    LinearKernels kernels = workspace.backend().linear();
    Tensor u = change.u();
    boolean transposed = change.transposeU();
    Tensor b = change.v();
    float s = change.zScale() * change.scale();
    Tensor gram = workspace.temporary(u.dtype(), Shape.of(change.rank(), change.rank()));
    Tensor cross = workspace.temporary(b.dtype(), b.shape());
    try (LinearWeight.Factor w = weight.open(workspace)) {
      kernels.matmul(w.matrix(), !w.outputsFirst(), u, transposed, 1, 0, cross);
    }
    kernels.matmul(u, !transposed, u, transposed, 1, 0, gram);
    kernels.matmul(b, false, gram, false, s * s, 2 * s, cross);
    workspace.backend().pointwise().cast(squares, inverse);
    kernels.rowDots(b, cross, true, inverse);
    workspace.backend().pointwise().inverseRoot(inverse, inverse);
    workspace.release(cross);
    workspace.release(gram);
  }

  /** ‖W + s·B·A‖ from its inverse, in place. */
  public static void fromInverse(Workspace workspace, Tensor inverse) {
    Tensor row = inverse.reshape(1, inverse.elements());
    workspace.backend().linear().scaleColumns(row, inverse, false, row);
    workspace.backend().pointwise().inverseRoot(inverse, inverse);
  }
}
