package dev.sifter.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of {@link MicroKernel} for tiles of four rows and an A whose columns are
 * contiguous.
 *
 * <p>Written out flat, every accumulator a local variable: a vector that sits in a field or an
 * array, or crosses a call, would be boxed.
 */
final class ColumnsKernel4 {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();

  private ColumnsKernel4() {}

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
      int cStride,
      boolean add) {
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
    for (int k = 0; k < depth; k++) {
      int aK = aAt + k * aStride;
      int bK = bAt + k * bStride;
      FloatVector b0 = FloatVector.fromArray(S, b, bK);
      FloatVector b1 = FloatVector.fromArray(S, b, bK + LANES);
      FloatVector b2 = FloatVector.fromArray(S, b, bK + 2 * LANES);
      FloatVector a0 = FloatVector.broadcast(S, a[aK]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      c02 = a0.fma(b2, c02);
      FloatVector a1 = FloatVector.broadcast(S, a[aK + 1]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      c12 = a1.fma(b2, c12);
      FloatVector a2 = FloatVector.broadcast(S, a[aK + 2]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      c22 = a2.fma(b2, c22);
      FloatVector a3 = FloatVector.broadcast(S, a[aK + 3]);
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
      c32 = a3.fma(b2, c32);
    }
    if (add) {
      c00.add(FloatVector.fromArray(S, c, cAt)).intoArray(c, cAt);
      c01.add(FloatVector.fromArray(S, c, cAt + LANES)).intoArray(c, cAt + LANES);
      c02.add(FloatVector.fromArray(S, c, cAt + 2 * LANES)).intoArray(c, cAt + 2 * LANES);
      c10.add(FloatVector.fromArray(S, c, cAt + cStride)).intoArray(c, cAt + cStride);
      c11.add(FloatVector.fromArray(S, c, cAt + cStride + LANES))
          .intoArray(c, cAt + cStride + LANES);
      c12.add(FloatVector.fromArray(S, c, cAt + cStride + 2 * LANES))
          .intoArray(c, cAt + cStride + 2 * LANES);
      c20.add(FloatVector.fromArray(S, c, cAt + 2 * cStride)).intoArray(c, cAt + 2 * cStride);
      c21.add(FloatVector.fromArray(S, c, cAt + 2 * cStride + LANES))
          .intoArray(c, cAt + 2 * cStride + LANES);
      c22.add(FloatVector.fromArray(S, c, cAt + 2 * cStride + 2 * LANES))
          .intoArray(c, cAt + 2 * cStride + 2 * LANES);
      c30.add(FloatVector.fromArray(S, c, cAt + 3 * cStride)).intoArray(c, cAt + 3 * cStride);
      c31.add(FloatVector.fromArray(S, c, cAt + 3 * cStride + LANES))
          .intoArray(c, cAt + 3 * cStride + LANES);
      c32.add(FloatVector.fromArray(S, c, cAt + 3 * cStride + 2 * LANES))
          .intoArray(c, cAt + 3 * cStride + 2 * LANES);
    } else {
      c00.intoArray(c, cAt);
      c01.intoArray(c, cAt + LANES);
      c02.intoArray(c, cAt + 2 * LANES);
      c10.intoArray(c, cAt + cStride);
      c11.intoArray(c, cAt + cStride + LANES);
      c12.intoArray(c, cAt + cStride + 2 * LANES);
      c20.intoArray(c, cAt + 2 * cStride);
      c21.intoArray(c, cAt + 2 * cStride + LANES);
      c22.intoArray(c, cAt + 2 * cStride + 2 * LANES);
      c30.intoArray(c, cAt + 3 * cStride);
      c31.intoArray(c, cAt + 3 * cStride + LANES);
      c32.intoArray(c, cAt + 3 * cStride + 2 * LANES);
    }
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
    for (int k = 0; k < depth; k++) {
      int aK = aAt + k * aStride;
      int bK = bAt + k * bStride;
      FloatVector b0 = FloatVector.fromArray(S, b, bK);
      FloatVector b1 = FloatVector.fromArray(S, b, bK + LANES);
      FloatVector a0 = FloatVector.broadcast(S, a[aK]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      FloatVector a1 = FloatVector.broadcast(S, a[aK + 1]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      FloatVector a2 = FloatVector.broadcast(S, a[aK + 2]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      FloatVector a3 = FloatVector.broadcast(S, a[aK + 3]);
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
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
    } else {
      c00.intoArray(c, cAt);
      c01.intoArray(c, cAt + LANES);
      c10.intoArray(c, cAt + cStride);
      c11.intoArray(c, cAt + cStride + LANES);
      c20.intoArray(c, cAt + 2 * cStride);
      c21.intoArray(c, cAt + 2 * cStride + LANES);
      c30.intoArray(c, cAt + 3 * cStride);
      c31.intoArray(c, cAt + 3 * cStride + LANES);
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
    for (int k = 0; k < depth; k++) {
      int aK = aAt + k * aStride;
      int bK = bAt + k * bStride;
      FloatVector b0 = FloatVector.fromArray(S, b, bK);
      c00 = FloatVector.broadcast(S, a[aK]).fma(b0, c00);
      c10 = FloatVector.broadcast(S, a[aK + 1]).fma(b0, c10);
      c20 = FloatVector.broadcast(S, a[aK + 2]).fma(b0, c20);
      c30 = FloatVector.broadcast(S, a[aK + 3]).fma(b0, c30);
    }
    if (add) {
      c00.add(FloatVector.fromArray(S, c, cAt)).intoArray(c, cAt);
      c10.add(FloatVector.fromArray(S, c, cAt + cStride)).intoArray(c, cAt + cStride);
      c20.add(FloatVector.fromArray(S, c, cAt + 2 * cStride)).intoArray(c, cAt + 2 * cStride);
      c30.add(FloatVector.fromArray(S, c, cAt + 3 * cStride)).intoArray(c, cAt + 3 * cStride);
    } else {
      c00.intoArray(c, cAt);
      c10.intoArray(c, cAt + cStride);
      c20.intoArray(c, cAt + 2 * cStride);
      c30.intoArray(c, cAt + 3 * cStride);
    }
  }
}
