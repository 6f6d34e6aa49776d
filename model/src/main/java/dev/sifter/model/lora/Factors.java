package dev.sifter.model.lora;

import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.model.ModelException;
import dev.sifter.model.lora.AdapterTensors.Matrix;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.MatrixFeatures_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;

/**
 * Two narrow matrices whose product is the part of a weight that an adapter takes over.
 *
 * @param a [r, in]
 * @param b [out, r]
 */
record Factors(Matrix a, Matrix b) {

  /** OLoRA: B the first r columns of Q, A the first r rows of R, for W = Q·R. */
  static Factors byQr(Workspace workspace, DenseWeight weight, int rank) {
    Matrix w = outputsFirst(workspace, weight);
    requireRank(rank, w);
    DMatrixRMaj columns = new DMatrixRMaj(w.rows(), rank);
    for (int row = 0; row < w.rows(); row++) {
      for (int column = 0; column < rank; column++) {
        columns.set(row, column, w.values()[row * w.width() + column]);
      }
    }
    DMatrixRMaj q = orthonormal(columns);
    DMatrixRMaj r = new DMatrixRMaj(rank, w.width());
    CommonOps_DDRM.multTransA(q, matrix(w), r);
    return new Factors(narrow(r), narrow(q));
  }

  /**
   * PiSSA: with the r largest singular values of W, A = √(S/s)·Vᵀ and B = U·√(S/s), so that s·B·A
   * is W's best approximation of that rank.
   *
   * @param iterations power iterations of a fast approximate decomposition; 0 for an exact one
   */
  static Factors bySingularValues(
      Workspace workspace, DenseWeight weight, int rank, float scale, int iterations) {
    Matrix w = outputsFirst(workspace, weight);
    requireRank(rank, w);
    SingularTriplets top =
        iterations == 0
            ? SingularTriplets.largest(matrix(w), rank)
            : SingularTriplets.approximate(matrix(w), rank, iterations);
    DMatrixRMaj a = new DMatrixRMaj(rank, w.width());
    DMatrixRMaj b = new DMatrixRMaj(w.rows(), rank);
    for (int i = 0; i < rank; i++) {
      double root = Math.sqrt(top.values()[i] / scale);
      for (int column = 0; column < w.width(); column++) {
        a.set(i, column, root * top.v().get(column, i));
      }
      for (int row = 0; row < w.rows(); row++) {
        b.set(row, i, root * top.u().get(row, i));
      }
    }
    return new Factors(narrow(a), narrow(b));
  }

  /** An orthogonal matrix from the first n² of some random numbers, by rows. */
  static double[][] orthonormal(float[] numbers, int n) {
    DMatrixRMaj random = new DMatrixRMaj(n, n);
    for (int i = 0; i < n * n; i++) {
      random.set(i, numbers[i]);
    }
    DMatrixRMaj q = orthonormal(random);
    double[][] rows = new double[n][n];
    for (int row = 0; row < n; row++) {
      System.arraycopy(q.data, row * n, rows[row], 0, n);
    }
    return rows;
  }

  /** Q of the thin QR decomposition by Householder reflections, with LAPACK's signs. */
  static DMatrixRMaj orthonormal(DMatrixRMaj columns) {
    if (MatrixFeatures_DDRM.hasUncountable(columns)) {
      throw new ModelException("a weight has no QR decomposition: it holds NaN or infinity");
    }
    var qr = DecompositionFactory_DDRM.qr(columns.numRows, columns.numCols);
    // False says that a column depends on those before it; Q is orthonormal all the same.
    qr.decompose(columns.copy());
    return qr.getQ(null, true);
  }

  private static void requireRank(int rank, Matrix w) {
    int most = Math.min(w.rows(), w.width());
    if (rank > most) {
      throw new ModelException(
          "a rank of %d for a weight of %d by %d, which has at most %d directions: lower lora_r"
              .formatted(rank, w.rows(), w.width(), most));
    }
  }

  private static Matrix outputsFirst(Workspace workspace, DenseWeight weight) {
    Matrix w = AdapterTensors.floats(workspace, weight.variable().value());
    return weight.outputsFirst() ? w : AdapterTensors.transposed(w);
  }

  static DMatrixRMaj matrix(Matrix from) {
    DMatrixRMaj wide = new DMatrixRMaj(from.rows(), from.width());
    for (int i = 0; i < from.values().length; i++) {
      wide.data[i] = from.values()[i];
    }
    return wide;
  }

  static Matrix narrow(DMatrixRMaj from) {
    float[] values = new float[from.getNumElements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) from.data[i];
    }
    return new Matrix(from.numRows, from.numCols, values);
  }
}
