package dev.sifter.engine.backend.cpu;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of {@link MicroKernel} for tiles of six rows and factors that are both packed
 * in panels. Strides that the compiler knows leave one branch a depth and no check of bounds, which
 * is what large products need.
 *
 * <p>Written out flat, every accumulator a local variable: a vector that sits in a field or an
 * array, or crosses a call, would be boxed.
 *
 * <p>Twelve accumulators and two vectors of B leave two registers for A. The compiler would load
 * all six numbers of A first and spill accumulators for them at every depth, which halves the rate.
 * A fence between two rows keeps their loads apart; on x86, whose loads are in order, it is no
 * instruction.
 */
final class PanelKernel6 {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();
  private static final int ROWS = 6;

  private PanelKernel6() {}

  /** Tiles of 2 vectors. */
  static void run2(float[] a, int aAt, float[] b, int bAt, int depth, float[] tile) {
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
    for (int k = 0; k < depth; k++) {
      int aK = aAt + k * ROWS;
      int bK = bAt + k * 2 * LANES;
      FloatVector b0 = FloatVector.fromArray(S, b, bK);
      FloatVector b1 = FloatVector.fromArray(S, b, bK + LANES);
      FloatVector a0 = FloatVector.broadcast(S, a[aK]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      VarHandle.loadLoadFence();
      FloatVector a1 = FloatVector.broadcast(S, a[aK + 1]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      VarHandle.loadLoadFence();
      FloatVector a2 = FloatVector.broadcast(S, a[aK + 2]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      VarHandle.loadLoadFence();
      FloatVector a3 = FloatVector.broadcast(S, a[aK + 3]);
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
      VarHandle.loadLoadFence();
      FloatVector a4 = FloatVector.broadcast(S, a[aK + 4]);
      c40 = a4.fma(b0, c40);
      c41 = a4.fma(b1, c41);
      VarHandle.loadLoadFence();
      FloatVector a5 = FloatVector.broadcast(S, a[aK + 5]);
      c50 = a5.fma(b0, c50);
      c51 = a5.fma(b1, c51);
    }
    c00.intoArray(tile, 0);
    c01.intoArray(tile, LANES);
    c10.intoArray(tile, 2 * LANES);
    c11.intoArray(tile, 3 * LANES);
    c20.intoArray(tile, 4 * LANES);
    c21.intoArray(tile, 5 * LANES);
    c30.intoArray(tile, 6 * LANES);
    c31.intoArray(tile, 7 * LANES);
    c40.intoArray(tile, 8 * LANES);
    c41.intoArray(tile, 9 * LANES);
    c50.intoArray(tile, 10 * LANES);
    c51.intoArray(tile, 11 * LANES);
  }

  /** Tiles of 1 vector. */
  static void run1(float[] a, int aAt, float[] b, int bAt, int depth, float[] tile) {
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c10 = FloatVector.zero(S);
    FloatVector c20 = FloatVector.zero(S);
    FloatVector c30 = FloatVector.zero(S);
    FloatVector c40 = FloatVector.zero(S);
    FloatVector c50 = FloatVector.zero(S);
    for (int k = 0; k < depth; k++) {
      int aK = aAt + k * ROWS;
      int bK = bAt + k * LANES;
      FloatVector b0 = FloatVector.fromArray(S, b, bK);
      c00 = FloatVector.broadcast(S, a[aK]).fma(b0, c00);
      c10 = FloatVector.broadcast(S, a[aK + 1]).fma(b0, c10);
      c20 = FloatVector.broadcast(S, a[aK + 2]).fma(b0, c20);
      c30 = FloatVector.broadcast(S, a[aK + 3]).fma(b0, c30);
      c40 = FloatVector.broadcast(S, a[aK + 4]).fma(b0, c40);
      c50 = FloatVector.broadcast(S, a[aK + 5]).fma(b0, c50);
    }
    c00.intoArray(tile, 0);
    c10.intoArray(tile, LANES);
    c20.intoArray(tile, 2 * LANES);
    c30.intoArray(tile, 3 * LANES);
    c40.intoArray(tile, 4 * LANES);
    c50.intoArray(tile, 5 * LANES);
  }
}
