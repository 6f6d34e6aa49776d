package dev.sifter.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of {@link MicroKernel} for tiles of six rows and an A whose rows are
 * contiguous.
 *
 * <p>Written out flat, every accumulator a local variable: a vector that sits in a field or an
 * array, or crosses a call, would be boxed.
 */
final class RowsKernel6 {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();

  private RowsKernel6() {}

  /** Tiles of 2 vectors. */
  static void run2(
      float[] a,
      int aAt,
      int aStride,
      float[] b,
      int bAt,
      int bStride,
      int depth,
      float[] c,
      int cAt,
      int cStride,
      boolean add) {
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c01 = FloatVector.zero(S);
    FloatVector c10 = FloatVector.zero(S);
    FloatVector c11 = FloatVector.zero(S);
    FloatVector c20 = FloatVector.zero(S);
    FloatVector c21 = FloatVector.zero(S);
    FloatVector c30 = FloatVector.zero(S);
    FloatVector c31 = FloatVector.zero(S);
    FloatVector c40 = FloatVector.zero(S);
    FloatVector c41 = FloatVector.zero(S);
    FloatVector c50 = FloatVector.zero(S);
    FloatVector c51 = FloatVector.zero(S);
    int row0 = aAt;
    int row1 = aAt + aStride;
    int row2 = aAt + 2 * aStride;
    int row3 = aAt + 3 * aStride;
    int row4 = aAt + 4 * aStride;
    int row5 = aAt + 5 * aStride;
    for (int k = 0; k < depth; k++) {
      int bK = bAt + k * bStride;
      FloatVector b0 = FloatVector.fromArray(S, b, bK);
      FloatVector b1 = FloatVector.fromArray(S, b, bK + LANES);
      FloatVector a0 = FloatVector.broadcast(S, a[row0 + k]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      FloatVector a1 = FloatVector.broadcast(S, a[row1 + k]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      FloatVector a2 = FloatVector.broadcast(S, a[row2 + k]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      FloatVector a3 = FloatVector.broadcast(S, a[row3 + k]);
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
      FloatVector a4 = FloatVector.broadcast(S, a[row4 + k]);
      c40 = a4.fma(b0, c40);
      c41 = a4.fma(b1, c41);
      FloatVector a5 = FloatVector.broadcast(S, a[row5 + k]);
      c50 = a5.fma(b0, c50);
      c51 = a5.fma(b1, c51);
    }
    if (add) {
      c00.add(FloatVector.fromArray(S, c, cAt)).intoArray(c, cAt);
      c01.add(FloatVector.fromArray(S, c, cAt + LANES)).intoArray(c, cAt + LANES);
      c10.add(FloatVector.fromArray(S, c, cAt + cStride)).intoArray(c, cAt + cStride);
      c11.add(FloatVector.fromArray(S, c, cAt + cStride + LANES))
          .intoArray(c, cAt + cStride + LANES);
      c20.add(FloatVector.fromArray(S, c, cAt + 2 * cStride)).intoArray(c, cAt + 2 * cStride);
      c21.add(FloatVector.fromArray(S, c, cAt + 2 * cStride + LANES))
          .intoArray(c, cAt + 2 * cStride + LANES);
      c30.add(FloatVector.fromArray(S, c, cAt + 3 * cStride)).intoArray(c, cAt + 3 * cStride);
      c31.add(FloatVector.fromArray(S, c, cAt + 3 * cStride + LANES))
          .intoArray(c, cAt + 3 * cStride + LANES);
      c40.add(FloatVector.fromArray(S, c, cAt + 4 * cStride)).intoArray(c, cAt + 4 * cStride);
      c41.add(FloatVector.fromArray(S, c, cAt + 4 * cStride + LANES))
          .intoArray(c, cAt + 4 * cStride + LANES);
      c50.add(FloatVector.fromArray(S, c, cAt + 5 * cStride)).intoArray(c, cAt + 5 * cStride);
      c51.add(FloatVector.fromArray(S, c, cAt + 5 * cStride + LANES))
          .intoArray(c, cAt + 5 * cStride + LANES);
    } else {
      c00.intoArray(c, cAt);
      c01.intoArray(c, cAt + LANES);
      c10.intoArray(c, cAt + cStride);
      c11.intoArray(c, cAt + cStride + LANES);
      c20.intoArray(c, cAt + 2 * cStride);
      c21.intoArray(c, cAt + 2 * cStride + LANES);
      c30.intoArray(c, cAt + 3 * cStride);
      c31.intoArray(c, cAt + 3 * cStride + LANES);
      c40.intoArray(c, cAt + 4 * cStride);
      c41.intoArray(c, cAt + 4 * cStride + LANES);
      c50.intoArray(c, cAt + 5 * cStride);
      c51.intoArray(c, cAt + 5 * cStride + LANES);
    }
  }

  /** Tiles of 1 vector. */
  static void run1(
      float[] a,
      int aAt,
      int aStride,
      float[] b,
      int bAt,
      int bStride,
      int depth,
      float[] c,
      int cAt,
      int cStride,
      boolean add) {
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c10 = FloatVector.zero(S);
    FloatVector c20 = FloatVector.zero(S);
    FloatVector c30 = FloatVector.zero(S);
    FloatVector c40 = FloatVector.zero(S);
    FloatVector c50 = FloatVector.zero(S);
    int row0 = aAt;
    int row1 = aAt + aStride;
    int row2 = aAt + 2 * aStride;
    int row3 = aAt + 3 * aStride;
    int row4 = aAt + 4 * aStride;
    int row5 = aAt + 5 * aStride;
    for (int k = 0; k < depth; k++) {
      int bK = bAt + k * bStride;
      FloatVector b0 = FloatVector.fromArray(S, b, bK);
      c00 = FloatVector.broadcast(S, a[row0 + k]).fma(b0, c00);
      c10 = FloatVector.broadcast(S, a[row1 + k]).fma(b0, c10);
      c20 = FloatVector.broadcast(S, a[row2 + k]).fma(b0, c20);
      c30 = FloatVector.broadcast(S, a[row3 + k]).fma(b0, c30);
      c40 = FloatVector.broadcast(S, a[row4 + k]).fma(b0, c40);
      c50 = FloatVector.broadcast(S, a[row5 + k]).fma(b0, c50);
    }
    if (add) {
      c00.add(FloatVector.fromArray(S, c, cAt)).intoArray(c, cAt);
      c10.add(FloatVector.fromArray(S, c, cAt + cStride)).intoArray(c, cAt + cStride);
      c20.add(FloatVector.fromArray(S, c, cAt + 2 * cStride)).intoArray(c, cAt + 2 * cStride);
      c30.add(FloatVector.fromArray(S, c, cAt + 3 * cStride)).intoArray(c, cAt + 3 * cStride);
      c40.add(FloatVector.fromArray(S, c, cAt + 4 * cStride)).intoArray(c, cAt + 4 * cStride);
      c50.add(FloatVector.fromArray(S, c, cAt + 5 * cStride)).intoArray(c, cAt + 5 * cStride);
    } else {
      c00.intoArray(c, cAt);
      c10.intoArray(c, cAt + cStride);
      c20.intoArray(c, cAt + 2 * cStride);
      c30.intoArray(c, cAt + 3 * cStride);
      c40.intoArray(c, cAt + 4 * cStride);
      c50.intoArray(c, cAt + 5 * cStride);
    }
  }
}
