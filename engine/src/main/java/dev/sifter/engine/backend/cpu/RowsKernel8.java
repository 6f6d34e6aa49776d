package dev.sifter.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of {@link MicroKernel} for tiles of eight rows and an A whose rows are
 * contiguous.
 *
 * <p>Written out flat, every accumulator a local variable: a vector that sits in a field or an
 * array, or crosses a call, would be boxed.
 */
final class RowsKernel8 {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();

  private RowsKernel8() {}

  /** Tiles of 3 vectors. */
  static void run3(
      float[] a,
      int aAt,
      int aStride,
      float[] b,
      int bAt,
      int bStride,
      int depth,
      float[] c,
      int cAt,
      int cStride) {
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c01 = FloatVector.zero(S);
    FloatVector c02 = FloatVector.zero(S);
    FloatVector c10 = FloatVector.zero(S);
    FloatVector c11 = FloatVector.zero(S);
    FloatVector c12 = FloatVector.zero(S);
    FloatVector c20 = FloatVector.zero(S);
    FloatVector c21 = FloatVector.zero(S);
    FloatVector c22 = FloatVector.zero(S);
    FloatVector c30 = FloatVector.zero(S);
    FloatVector c31 = FloatVector.zero(S);
    FloatVector c32 = FloatVector.zero(S);
    FloatVector c40 = FloatVector.zero(S);
    FloatVector c41 = FloatVector.zero(S);
    FloatVector c42 = FloatVector.zero(S);
    FloatVector c50 = FloatVector.zero(S);
    FloatVector c51 = FloatVector.zero(S);
    FloatVector c52 = FloatVector.zero(S);
    FloatVector c60 = FloatVector.zero(S);
    FloatVector c61 = FloatVector.zero(S);
    FloatVector c62 = FloatVector.zero(S);
    FloatVector c70 = FloatVector.zero(S);
    FloatVector c71 = FloatVector.zero(S);
    FloatVector c72 = FloatVector.zero(S);
    int row0 = aAt;
    int row1 = aAt + aStride;
    int row2 = aAt + 2 * aStride;
    int row3 = aAt + 3 * aStride;
    int row4 = aAt + 4 * aStride;
    int row5 = aAt + 5 * aStride;
    int row6 = aAt + 6 * aStride;
    int row7 = aAt + 7 * aStride;
    for (int k = 0; k < depth; k++) {
      int bK = bAt + k * bStride;
      FloatVector b0 = FloatVector.fromArray(S, b, bK);
      FloatVector b1 = FloatVector.fromArray(S, b, bK + LANES);
      FloatVector b2 = FloatVector.fromArray(S, b, bK + 2 * LANES);
      FloatVector a0 = FloatVector.broadcast(S, a[row0 + k]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      c02 = a0.fma(b2, c02);
      FloatVector a1 = FloatVector.broadcast(S, a[row1 + k]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      c12 = a1.fma(b2, c12);
      FloatVector a2 = FloatVector.broadcast(S, a[row2 + k]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      c22 = a2.fma(b2, c22);
      FloatVector a3 = FloatVector.broadcast(S, a[row3 + k]);
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
      c32 = a3.fma(b2, c32);
      FloatVector a4 = FloatVector.broadcast(S, a[row4 + k]);
      c40 = a4.fma(b0, c40);
      c41 = a4.fma(b1, c41);
      c42 = a4.fma(b2, c42);
      FloatVector a5 = FloatVector.broadcast(S, a[row5 + k]);
      c50 = a5.fma(b0, c50);
      c51 = a5.fma(b1, c51);
      c52 = a5.fma(b2, c52);
      FloatVector a6 = FloatVector.broadcast(S, a[row6 + k]);
      c60 = a6.fma(b0, c60);
      c61 = a6.fma(b1, c61);
      c62 = a6.fma(b2, c62);
      FloatVector a7 = FloatVector.broadcast(S, a[row7 + k]);
      c70 = a7.fma(b0, c70);
      c71 = a7.fma(b1, c71);
      c72 = a7.fma(b2, c72);
    }
    int to0 = cAt;
    c00.add(FloatVector.fromArray(S, c, to0)).intoArray(c, to0);
    c01.add(FloatVector.fromArray(S, c, to0 + LANES)).intoArray(c, to0 + LANES);
    c02.add(FloatVector.fromArray(S, c, to0 + 2 * LANES)).intoArray(c, to0 + 2 * LANES);
    int to1 = cAt + cStride;
    c10.add(FloatVector.fromArray(S, c, to1)).intoArray(c, to1);
    c11.add(FloatVector.fromArray(S, c, to1 + LANES)).intoArray(c, to1 + LANES);
    c12.add(FloatVector.fromArray(S, c, to1 + 2 * LANES)).intoArray(c, to1 + 2 * LANES);
    int to2 = cAt + 2 * cStride;
    c20.add(FloatVector.fromArray(S, c, to2)).intoArray(c, to2);
    c21.add(FloatVector.fromArray(S, c, to2 + LANES)).intoArray(c, to2 + LANES);
    c22.add(FloatVector.fromArray(S, c, to2 + 2 * LANES)).intoArray(c, to2 + 2 * LANES);
    int to3 = cAt + 3 * cStride;
    c30.add(FloatVector.fromArray(S, c, to3)).intoArray(c, to3);
    c31.add(FloatVector.fromArray(S, c, to3 + LANES)).intoArray(c, to3 + LANES);
    c32.add(FloatVector.fromArray(S, c, to3 + 2 * LANES)).intoArray(c, to3 + 2 * LANES);
    int to4 = cAt + 4 * cStride;
    c40.add(FloatVector.fromArray(S, c, to4)).intoArray(c, to4);
    c41.add(FloatVector.fromArray(S, c, to4 + LANES)).intoArray(c, to4 + LANES);
    c42.add(FloatVector.fromArray(S, c, to4 + 2 * LANES)).intoArray(c, to4 + 2 * LANES);
    int to5 = cAt + 5 * cStride;
    c50.add(FloatVector.fromArray(S, c, to5)).intoArray(c, to5);
    c51.add(FloatVector.fromArray(S, c, to5 + LANES)).intoArray(c, to5 + LANES);
    c52.add(FloatVector.fromArray(S, c, to5 + 2 * LANES)).intoArray(c, to5 + 2 * LANES);
    int to6 = cAt + 6 * cStride;
    c60.add(FloatVector.fromArray(S, c, to6)).intoArray(c, to6);
    c61.add(FloatVector.fromArray(S, c, to6 + LANES)).intoArray(c, to6 + LANES);
    c62.add(FloatVector.fromArray(S, c, to6 + 2 * LANES)).intoArray(c, to6 + 2 * LANES);
    int to7 = cAt + 7 * cStride;
    c70.add(FloatVector.fromArray(S, c, to7)).intoArray(c, to7);
    c71.add(FloatVector.fromArray(S, c, to7 + LANES)).intoArray(c, to7 + LANES);
    c72.add(FloatVector.fromArray(S, c, to7 + 2 * LANES)).intoArray(c, to7 + 2 * LANES);
  }

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
      int cStride) {
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
    FloatVector c60 = FloatVector.zero(S);
    FloatVector c61 = FloatVector.zero(S);
    FloatVector c70 = FloatVector.zero(S);
    FloatVector c71 = FloatVector.zero(S);
    int row0 = aAt;
    int row1 = aAt + aStride;
    int row2 = aAt + 2 * aStride;
    int row3 = aAt + 3 * aStride;
    int row4 = aAt + 4 * aStride;
    int row5 = aAt + 5 * aStride;
    int row6 = aAt + 6 * aStride;
    int row7 = aAt + 7 * aStride;
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
      FloatVector a6 = FloatVector.broadcast(S, a[row6 + k]);
      c60 = a6.fma(b0, c60);
      c61 = a6.fma(b1, c61);
      FloatVector a7 = FloatVector.broadcast(S, a[row7 + k]);
      c70 = a7.fma(b0, c70);
      c71 = a7.fma(b1, c71);
    }
    int to0 = cAt;
    c00.add(FloatVector.fromArray(S, c, to0)).intoArray(c, to0);
    c01.add(FloatVector.fromArray(S, c, to0 + LANES)).intoArray(c, to0 + LANES);
    int to1 = cAt + cStride;
    c10.add(FloatVector.fromArray(S, c, to1)).intoArray(c, to1);
    c11.add(FloatVector.fromArray(S, c, to1 + LANES)).intoArray(c, to1 + LANES);
    int to2 = cAt + 2 * cStride;
    c20.add(FloatVector.fromArray(S, c, to2)).intoArray(c, to2);
    c21.add(FloatVector.fromArray(S, c, to2 + LANES)).intoArray(c, to2 + LANES);
    int to3 = cAt + 3 * cStride;
    c30.add(FloatVector.fromArray(S, c, to3)).intoArray(c, to3);
    c31.add(FloatVector.fromArray(S, c, to3 + LANES)).intoArray(c, to3 + LANES);
    int to4 = cAt + 4 * cStride;
    c40.add(FloatVector.fromArray(S, c, to4)).intoArray(c, to4);
    c41.add(FloatVector.fromArray(S, c, to4 + LANES)).intoArray(c, to4 + LANES);
    int to5 = cAt + 5 * cStride;
    c50.add(FloatVector.fromArray(S, c, to5)).intoArray(c, to5);
    c51.add(FloatVector.fromArray(S, c, to5 + LANES)).intoArray(c, to5 + LANES);
    int to6 = cAt + 6 * cStride;
    c60.add(FloatVector.fromArray(S, c, to6)).intoArray(c, to6);
    c61.add(FloatVector.fromArray(S, c, to6 + LANES)).intoArray(c, to6 + LANES);
    int to7 = cAt + 7 * cStride;
    c70.add(FloatVector.fromArray(S, c, to7)).intoArray(c, to7);
    c71.add(FloatVector.fromArray(S, c, to7 + LANES)).intoArray(c, to7 + LANES);
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
      int cStride) {
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c10 = FloatVector.zero(S);
    FloatVector c20 = FloatVector.zero(S);
    FloatVector c30 = FloatVector.zero(S);
    FloatVector c40 = FloatVector.zero(S);
    FloatVector c50 = FloatVector.zero(S);
    FloatVector c60 = FloatVector.zero(S);
    FloatVector c70 = FloatVector.zero(S);
    int row0 = aAt;
    int row1 = aAt + aStride;
    int row2 = aAt + 2 * aStride;
    int row3 = aAt + 3 * aStride;
    int row4 = aAt + 4 * aStride;
    int row5 = aAt + 5 * aStride;
    int row6 = aAt + 6 * aStride;
    int row7 = aAt + 7 * aStride;
    for (int k = 0; k < depth; k++) {
      int bK = bAt + k * bStride;
      FloatVector b0 = FloatVector.fromArray(S, b, bK);
      c00 = FloatVector.broadcast(S, a[row0 + k]).fma(b0, c00);
      c10 = FloatVector.broadcast(S, a[row1 + k]).fma(b0, c10);
      c20 = FloatVector.broadcast(S, a[row2 + k]).fma(b0, c20);
      c30 = FloatVector.broadcast(S, a[row3 + k]).fma(b0, c30);
      c40 = FloatVector.broadcast(S, a[row4 + k]).fma(b0, c40);
      c50 = FloatVector.broadcast(S, a[row5 + k]).fma(b0, c50);
      c60 = FloatVector.broadcast(S, a[row6 + k]).fma(b0, c60);
      c70 = FloatVector.broadcast(S, a[row7 + k]).fma(b0, c70);
    }
    int to0 = cAt;
    c00.add(FloatVector.fromArray(S, c, to0)).intoArray(c, to0);
    int to1 = cAt + cStride;
    c10.add(FloatVector.fromArray(S, c, to1)).intoArray(c, to1);
    int to2 = cAt + 2 * cStride;
    c20.add(FloatVector.fromArray(S, c, to2)).intoArray(c, to2);
    int to3 = cAt + 3 * cStride;
    c30.add(FloatVector.fromArray(S, c, to3)).intoArray(c, to3);
    int to4 = cAt + 4 * cStride;
    c40.add(FloatVector.fromArray(S, c, to4)).intoArray(c, to4);
    int to5 = cAt + 5 * cStride;
    c50.add(FloatVector.fromArray(S, c, to5)).intoArray(c, to5);
    int to6 = cAt + 6 * cStride;
    c60.add(FloatVector.fromArray(S, c, to6)).intoArray(c, to6);
    int to7 = cAt + 7 * cStride;
    c70.add(FloatVector.fromArray(S, c, to7)).intoArray(c, to7);
  }
}
