package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.tensor.Tensor;

/** The matrix W of a linear layer y = x·Wᵀ, in whatever form it is kept. */
public sealed interface LinearWeight permits DenseWeight, QuantizedWeight {

  /** Elements that come out. */
  int outputs();

  /** Elements that go in. */
  int inputs();

  /** What receives the gradient, or null where the form has none. */
  Variable trained();

  /** y = x·Wᵀ, for x [T, in] and y [T, out]. */
  default void times(Workspace workspace, Tensor x, Tensor y) {
    try (Factor w = open(workspace)) {
      w.times(workspace, x, 1, 0, y);
    }
  }

  /** As {@link #times}, of W and a change of it; z [T, r] is what the change makes of x. */
  default void timesAdapted(
      Workspace workspace, Tensor x, LowRankChange change, Tensor z, Tensor y) {
    try (Factor w = open(workspace)) {
      workspace.backend().linear().adaptedMatmul(x, w.matrix, w.outputsFirst, change, 0, z, y);
    }
  }

  /**
   * What is kept free around a matrix for adapters.
   *
   * @param right columns
   * @param below rows
   */
  record Room(int right, int below) {
    /** None. */
    public static final Room NONE = new Room(0, 0);
  }

  /** What is kept free around this matrix. */
  Room room();

  /**
   * As {@link #open}, in the midst of its {@link #room}, which is not {@link Room#NONE}.
   *
   * @param workspace where it is unpacked, if it must be
   */
  Bordered openBordered(Workspace workspace);

  /** A matrix with room that is open for products; closing it ends what was unpacked. */
  record Bordered(BorderedMatrix matrix, Runnable onClose) implements AutoCloseable {
    @Override
    public void close() {
      onClose.run();
    }
  }

  /**
   * The matrix as a factor of a product.
   *
   * @param workspace where it is unpacked, if it must be
   */
  Factor open(Workspace workspace);

  /**
   * A matrix that is open for products; closing it ends what was unpacked.
   *
   * @param matrix [out, in], or [in, out]
   * @param outputsFirst whether it is [out, in]
   * @param onClose ends the matrix
   */
  record Factor(Tensor matrix, boolean outputsFirst, Runnable onClose) implements AutoCloseable {

    /** y = α·x·Wᵀ + β·y, for x [T, in] and y [T, out]. */
    public void times(Workspace workspace, Tensor x, float alpha, float beta, Tensor y) {
      workspace.backend().linear().matmul(x, false, matrix, outputsFirst, alpha, beta, y);
    }

    /** dx = dy·W + β·dx. */
    public void transposedTimes(Workspace workspace, Tensor dy, float beta, Tensor dx) {
      workspace.backend().linear().matmul(dy, false, matrix, !outputsFirst, 1, beta, dx);
    }

    /** dx = dy·W + change + β·dx, and the change's z. */
    void transposedTimesAdapted(
        Workspace workspace, Tensor dy, LowRankChange change, float beta, Tensor z, Tensor dx) {
      workspace.backend().linear().adaptedMatmul(dy, matrix, !outputsFirst, change, beta, z, dx);
    }

    @Override
    public void close() {
      onClose.run();
    }
  }
}
