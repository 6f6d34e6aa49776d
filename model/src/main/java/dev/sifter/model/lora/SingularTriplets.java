package dev.sifter.model.lora;

import java.util.Arrays;
import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;

/**
 * The largest singular values of a matrix M ≈ U·S·Vᵀ, in falling order, with their vectors.
 *
 * @param u [rows, k]
 * @param values k of them
 * @param v [columns, k]
 */
record SingularTriplets(DMatrixRMaj u, double[] values, DMatrixRMaj v) {
  private static final long SEED = 5;
  private static final int OVERSAMPLING = 8;

  /** Below the rounding of the fp32 weights that are decomposed. */
  private static final double CONVERGED = 1e-8;

  /** Far below what makes a difference, far above rounding. */
  private static final double NOISE = 1e-11;

  /** Largest product of two directions that count as orthogonal, and how often to try for it. */
  private static final double APART = 1e-13;

  private static final int PASSES = 10;

  /**
   * The k largest, by block Lanczos steps (Musco &amp; Musco 2015): each widens the space by M·Mᵀ
   * times its newest part, until the space holds them or is the whole.
   */
  static SingularTriplets largest(DMatrixRMaj m, int k) {
    int most = Math.min(m.numRows, m.numCols);
    DMatrixRMaj basis = new DMatrixRMaj(m.numRows, 0);
    DMatrixRMaj projected = new DMatrixRMaj(0, m.numCols);
    DMatrixRMaj next = gaussian(m.numCols, Math.min(k + OVERSAMPLING, most), SEED);
    while (true) {
      int room = most - basis.numCols;
      DMatrixRMaj block = multiply(m, next);
      if (block.numCols > room) {
        block = CommonOps_DDRM.extract(block, 0, block.numRows, 0, room);
      }
      DMatrixRMaj fresh = orthonormalAgainst(basis, block);
      basis = beside(basis, fresh);
      DMatrixRMaj rows = multiplyTransA(fresh, m);
      projected = above(projected, rows);
      SingularTriplets top = ofProjection(basis, projected, k);
      if (basis.numCols == most || residual(m, top) <= CONVERGED * top.values[0]) {
        return top;
      }
      next = CommonOps_DDRM.transpose(rows, null);
    }
  }

  /** About the k largest, by power iterations of a random start (Halko et al. 2011). */
  static SingularTriplets approximate(DMatrixRMaj m, int k, int iterations) {
    DMatrixRMaj q = Factors.orthonormal(multiply(m, gaussian(m.numCols, k, SEED)));
    for (int i = 0; i < iterations; i++) {
      DMatrixRMaj right = Factors.orthonormal(multiplyTransA(m, q));
      q = Factors.orthonormal(multiply(m, right));
    }
    return ofProjection(q, multiplyTransA(q, m), k);
  }

  /** All of a small matrix, or of one with few rows or columns. */
  static SingularTriplets of(DMatrixRMaj m) {
    var svd = DecompositionFactory_DDRM.svd(m.numRows, m.numCols, true, true, true);
    svd.decompose(m.copy());
    DMatrixRMaj u = svd.getU(null, false);
    DMatrixRMaj s = svd.getW(null);
    DMatrixRMaj v = svd.getV(null, false);
    SingularOps_DDRM.descendingOrder(u, false, s, v, false);
    double[] values = new double[Math.min(m.numRows, m.numCols)];
    for (int i = 0; i < values.length; i++) {
      values[i] = s.get(i, i);
    }
    return new SingularTriplets(u, values, v);
  }

  /** Those of basis·projected, where the basis is orthonormal. */
  private static SingularTriplets ofProjection(DMatrixRMaj basis, DMatrixRMaj projected, int k) {
    SingularTriplets all = of(projected);
    DMatrixRMaj u = CommonOps_DDRM.extract(all.u, 0, all.u.numRows, 0, k);
    DMatrixRMaj v = CommonOps_DDRM.extract(all.v, 0, all.v.numRows, 0, k);
    return new SingularTriplets(multiply(basis, u), Arrays.copyOf(all.values, k), v);
  }

  /** Largest ‖M·v − σ·u‖. */
  private static double residual(DMatrixRMaj m, SingularTriplets top) {
    DMatrixRMaj images = multiply(m, top.v);
    double largest = 0;
    for (int i = 0; i < top.values.length; i++) {
      double squares = 0;
      for (int row = 0; row < images.numRows; row++) {
        double off = images.get(row, i) - top.values[i] * top.u.get(row, i);
        squares += off * off;
      }
      largest = Math.max(largest, Math.sqrt(squares));
    }
    return largest;
  }

  /**
   * An orthonormal base of what a block adds to a space. A column that adds nothing, as there is
   * where M lacks directions, becomes a random one: of rounding alone it would lie in the space.
   */
  private static DMatrixRMaj orthonormalAgainst(DMatrixRMaj basis, DMatrixRMaj block) {
    double noise = NOISE * CommonOps_DDRM.elementMaxAbs(block);
    DMatrixRMaj random = gaussian(block.numRows, block.numCols, SEED + 1 + basis.numCols);
    DMatrixRMaj rest = Factors.orthonormal(CommonOps_DDRM.add(block, noise, random, null));
    if (basis.numCols == 0) {
      return rest;
    }
    DMatrixRMaj inside = multiplyTransA(basis, rest);
    for (int pass = 0; pass < PASSES && CommonOps_DDRM.elementMaxAbs(inside) > APART; pass++) {
      CommonOps_DDRM.subtractEquals(rest, multiply(basis, inside));
      rest = Factors.orthonormal(rest);
      inside = multiplyTransA(basis, rest);
    }
    return rest;
  }

  private static DMatrixRMaj beside(DMatrixRMaj left, DMatrixRMaj right) {
    DMatrixRMaj both = new DMatrixRMaj(left.numRows, left.numCols + right.numCols);
    CommonOps_DDRM.insert(left, both, 0, 0);
    CommonOps_DDRM.insert(right, both, 0, left.numCols);
    return both;
  }

  private static DMatrixRMaj above(DMatrixRMaj upper, DMatrixRMaj lower) {
    DMatrixRMaj both = new DMatrixRMaj(upper.numRows + lower.numRows, upper.numCols);
    CommonOps_DDRM.insert(upper, both, 0, 0);
    CommonOps_DDRM.insert(lower, both, upper.numRows, 0);
    return both;
  }

  private static DMatrixRMaj gaussian(int rows, int columns, long seed) {
    DMatrixRMaj random = new DMatrixRMaj(rows, columns);
    RandomMatrices_DDRM.fillGaussian(random, 0, 1, new Random(seed));
    return random;
  }

  static DMatrixRMaj multiply(DMatrixRMaj a, DMatrixRMaj b) {
    return CommonOps_DDRM.mult(a, b, null);
  }

  private static DMatrixRMaj multiplyTransA(DMatrixRMaj a, DMatrixRMaj b) {
    return CommonOps_DDRM.multTransA(a, b, null);
  }
}
