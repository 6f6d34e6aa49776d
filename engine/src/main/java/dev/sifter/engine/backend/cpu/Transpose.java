package dev.sifter.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Turns rows into columns by perfect shuffles, in registers.
 *
 * <p>R rows of a vector each are one array whose index has log₂ R bits of row above log₂ L bits of
 * lane. Zipping its two halves rotates the index by one bit; after log₂ R rounds the row is in the
 * lowest bits, and the rows are interleaved. Every round is the same two-vector permutes.
 */
final class Transpose {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();
  private static final int[] ZIP_LOW = zip(0);
  private static final int[] ZIP_HIGH = zip(LANES / 2);

  private Transpose() {}

  private static int[] zip(int from) {
    int[] index = new int[LANES];
    for (int i = 0; i < LANES; i++) {
      index[i] = from + i / 2 + (i % 2) * LANES;
    }
    return index;
  }

  /**
   * to[k·stride + r] = from[r·fromStride + k] for r &lt; rows and k &lt; depth.
   *
   * @param rows 4, 8 or 16 in registers, if it is the stride or the number of lanes, and 6 if it is
   *     the stride and {@code from} has two rows more; anything else is slow
   */
  static void interleave(
      float[] from,
      int fromAt,
      int fromStride,
      int rows,
      int depth,
      float[] to,
      int toAt,
      int stride) {
    // Six rows are turned as eight, each depth over what the one before had too many. The last
    // depth would have nothing after it.
    boolean overlapping = rows == 6 && rows == stride && LANES == 8;
    // A result vector holds several depths of all rows, or one depth of as many rows as lanes.
    int vectorStride = rows == stride && !overlapping ? LANES : stride;
    int vectorDepths = overlapping ? depth - 1 : rows == stride || rows == LANES ? depth : 0;
    int bound = S.loopBound(vectorDepths);
    int block = LANES * stride;
    switch (overlapping ? LANES : rows) {
      case 4 -> run4(from, fromAt, fromStride, bound, to, toAt, vectorStride, block);
      case 8 -> run8(from, fromAt, fromStride, bound, to, toAt, vectorStride, block);
      case 16 -> run16(from, fromAt, fromStride, bound, to, toAt, vectorStride, block);
      default -> bound = 0;
    }
    for (int k = bound; k < depth; k++) {
      for (int r = 0; r < rows; r++) {
        to[toAt + k * stride + r] = from[fromAt + r * fromStride + k];
      }
    }
  }

  /**
   * to[k·toStride + r] = from[r·fromStride + k] for k &lt; depth and r &lt; rows, rounded up to
   * whole vectors of rows, which both arrays must have room for.
   */
  static void matrix(float[] from, int fromStride, int rows, int depth, float[] to, int toStride) {
    for (int r = 0; r < rows; r += LANES) {
      interleave(from, r * fromStride, fromStride, LANES, depth, to, r, toStride);
    }
  }

  /** 4 rows. */
  private static void run4(
      float[] from,
      int fromAt,
      int fromStride,
      int depth,
      float[] to,
      int toAt,
      int toStride,
      int toBlock) {
    IntVector low = IntVector.fromArray(I, ZIP_LOW, 0);
    IntVector high = IntVector.fromArray(I, ZIP_HIGH, 0);
    for (int k = 0; k < depth; k += LANES) {
      int in = fromAt + k;
      IntVector r0 = FloatVector.fromArray(S, from, in).reinterpretAsInts();
      IntVector r1 = FloatVector.fromArray(S, from, in + fromStride).reinterpretAsInts();
      IntVector r2 = FloatVector.fromArray(S, from, in + 2 * fromStride).reinterpretAsInts();
      IntVector r3 = FloatVector.fromArray(S, from, in + 3 * fromStride).reinterpretAsInts();
      IntVector s0 = low.selectFrom(r0, r2);
      IntVector s1 = high.selectFrom(r0, r2);
      IntVector s2 = low.selectFrom(r1, r3);
      IntVector s3 = high.selectFrom(r1, r3);
      IntVector t0 = low.selectFrom(s0, s2);
      IntVector t1 = high.selectFrom(s0, s2);
      IntVector t2 = low.selectFrom(s1, s3);
      IntVector t3 = high.selectFrom(s1, s3);
      int out = toAt + k / LANES * toBlock;
      t0.reinterpretAsFloats().intoArray(to, out);
      t1.reinterpretAsFloats().intoArray(to, out + toStride);
      t2.reinterpretAsFloats().intoArray(to, out + 2 * toStride);
      t3.reinterpretAsFloats().intoArray(to, out + 3 * toStride);
    }
  }

  /** 8 rows. */
  private static void run8(
      float[] from,
      int fromAt,
      int fromStride,
      int depth,
      float[] to,
      int toAt,
      int toStride,
      int toBlock) {
    IntVector low = IntVector.fromArray(I, ZIP_LOW, 0);
    IntVector high = IntVector.fromArray(I, ZIP_HIGH, 0);
    for (int k = 0; k < depth; k += LANES) {
      int in = fromAt + k;
      IntVector r0 = FloatVector.fromArray(S, from, in).reinterpretAsInts();
      IntVector r1 = FloatVector.fromArray(S, from, in + fromStride).reinterpretAsInts();
      IntVector r2 = FloatVector.fromArray(S, from, in + 2 * fromStride).reinterpretAsInts();
      IntVector r3 = FloatVector.fromArray(S, from, in + 3 * fromStride).reinterpretAsInts();
      IntVector r4 = FloatVector.fromArray(S, from, in + 4 * fromStride).reinterpretAsInts();
      IntVector r5 = FloatVector.fromArray(S, from, in + 5 * fromStride).reinterpretAsInts();
      IntVector r6 = FloatVector.fromArray(S, from, in + 6 * fromStride).reinterpretAsInts();
      IntVector r7 = FloatVector.fromArray(S, from, in + 7 * fromStride).reinterpretAsInts();
      IntVector s0 = low.selectFrom(r0, r4);
      IntVector s1 = high.selectFrom(r0, r4);
      IntVector s2 = low.selectFrom(r1, r5);
      IntVector s3 = high.selectFrom(r1, r5);
      IntVector s4 = low.selectFrom(r2, r6);
      IntVector s5 = high.selectFrom(r2, r6);
      IntVector s6 = low.selectFrom(r3, r7);
      IntVector s7 = high.selectFrom(r3, r7);
      IntVector t0 = low.selectFrom(s0, s4);
      IntVector t1 = high.selectFrom(s0, s4);
      IntVector t2 = low.selectFrom(s1, s5);
      IntVector t3 = high.selectFrom(s1, s5);
      IntVector t4 = low.selectFrom(s2, s6);
      IntVector t5 = high.selectFrom(s2, s6);
      IntVector t6 = low.selectFrom(s3, s7);
      IntVector t7 = high.selectFrom(s3, s7);
      IntVector u0 = low.selectFrom(t0, t4);
      IntVector u1 = high.selectFrom(t0, t4);
      IntVector u2 = low.selectFrom(t1, t5);
      IntVector u3 = high.selectFrom(t1, t5);
      IntVector u4 = low.selectFrom(t2, t6);
      IntVector u5 = high.selectFrom(t2, t6);
      IntVector u6 = low.selectFrom(t3, t7);
      IntVector u7 = high.selectFrom(t3, t7);
      int out = toAt + k / LANES * toBlock;
      u0.reinterpretAsFloats().intoArray(to, out);
      u1.reinterpretAsFloats().intoArray(to, out + toStride);
      u2.reinterpretAsFloats().intoArray(to, out + 2 * toStride);
      u3.reinterpretAsFloats().intoArray(to, out + 3 * toStride);
      u4.reinterpretAsFloats().intoArray(to, out + 4 * toStride);
      u5.reinterpretAsFloats().intoArray(to, out + 5 * toStride);
      u6.reinterpretAsFloats().intoArray(to, out + 6 * toStride);
      u7.reinterpretAsFloats().intoArray(to, out + 7 * toStride);
    }
  }

  /** 16 rows. */
  private static void run16(
      float[] from,
      int fromAt,
      int fromStride,
      int depth,
      float[] to,
      int toAt,
      int toStride,
      int toBlock) {
    IntVector low = IntVector.fromArray(I, ZIP_LOW, 0);
    IntVector high = IntVector.fromArray(I, ZIP_HIGH, 0);
    for (int k = 0; k < depth; k += LANES) {
      int in = fromAt + k;
      IntVector r0 = FloatVector.fromArray(S, from, in).reinterpretAsInts();
      IntVector r1 = FloatVector.fromArray(S, from, in + fromStride).reinterpretAsInts();
      IntVector r2 = FloatVector.fromArray(S, from, in + 2 * fromStride).reinterpretAsInts();
      IntVector r3 = FloatVector.fromArray(S, from, in + 3 * fromStride).reinterpretAsInts();
      IntVector r4 = FloatVector.fromArray(S, from, in + 4 * fromStride).reinterpretAsInts();
      IntVector r5 = FloatVector.fromArray(S, from, in + 5 * fromStride).reinterpretAsInts();
      IntVector r6 = FloatVector.fromArray(S, from, in + 6 * fromStride).reinterpretAsInts();
      IntVector r7 = FloatVector.fromArray(S, from, in + 7 * fromStride).reinterpretAsInts();
      IntVector r8 = FloatVector.fromArray(S, from, in + 8 * fromStride).reinterpretAsInts();
      IntVector r9 = FloatVector.fromArray(S, from, in + 9 * fromStride).reinterpretAsInts();
      IntVector r10 = FloatVector.fromArray(S, from, in + 10 * fromStride).reinterpretAsInts();
      IntVector r11 = FloatVector.fromArray(S, from, in + 11 * fromStride).reinterpretAsInts();
      IntVector r12 = FloatVector.fromArray(S, from, in + 12 * fromStride).reinterpretAsInts();
      IntVector r13 = FloatVector.fromArray(S, from, in + 13 * fromStride).reinterpretAsInts();
      IntVector r14 = FloatVector.fromArray(S, from, in + 14 * fromStride).reinterpretAsInts();
      IntVector r15 = FloatVector.fromArray(S, from, in + 15 * fromStride).reinterpretAsInts();
      IntVector s0 = low.selectFrom(r0, r8);
      IntVector s1 = high.selectFrom(r0, r8);
      IntVector s2 = low.selectFrom(r1, r9);
      IntVector s3 = high.selectFrom(r1, r9);
      IntVector s4 = low.selectFrom(r2, r10);
      IntVector s5 = high.selectFrom(r2, r10);
      IntVector s6 = low.selectFrom(r3, r11);
      IntVector s7 = high.selectFrom(r3, r11);
      IntVector s8 = low.selectFrom(r4, r12);
      IntVector s9 = high.selectFrom(r4, r12);
      IntVector s10 = low.selectFrom(r5, r13);
      IntVector s11 = high.selectFrom(r5, r13);
      IntVector s12 = low.selectFrom(r6, r14);
      IntVector s13 = high.selectFrom(r6, r14);
      IntVector s14 = low.selectFrom(r7, r15);
      IntVector s15 = high.selectFrom(r7, r15);
      IntVector t0 = low.selectFrom(s0, s8);
      IntVector t1 = high.selectFrom(s0, s8);
      IntVector t2 = low.selectFrom(s1, s9);
      IntVector t3 = high.selectFrom(s1, s9);
      IntVector t4 = low.selectFrom(s2, s10);
      IntVector t5 = high.selectFrom(s2, s10);
      IntVector t6 = low.selectFrom(s3, s11);
      IntVector t7 = high.selectFrom(s3, s11);
      IntVector t8 = low.selectFrom(s4, s12);
      IntVector t9 = high.selectFrom(s4, s12);
      IntVector t10 = low.selectFrom(s5, s13);
      IntVector t11 = high.selectFrom(s5, s13);
      IntVector t12 = low.selectFrom(s6, s14);
      IntVector t13 = high.selectFrom(s6, s14);
      IntVector t14 = low.selectFrom(s7, s15);
      IntVector t15 = high.selectFrom(s7, s15);
      IntVector u0 = low.selectFrom(t0, t8);
      IntVector u1 = high.selectFrom(t0, t8);
      IntVector u2 = low.selectFrom(t1, t9);
      IntVector u3 = high.selectFrom(t1, t9);
      IntVector u4 = low.selectFrom(t2, t10);
      IntVector u5 = high.selectFrom(t2, t10);
      IntVector u6 = low.selectFrom(t3, t11);
      IntVector u7 = high.selectFrom(t3, t11);
      IntVector u8 = low.selectFrom(t4, t12);
      IntVector u9 = high.selectFrom(t4, t12);
      IntVector u10 = low.selectFrom(t5, t13);
      IntVector u11 = high.selectFrom(t5, t13);
      IntVector u12 = low.selectFrom(t6, t14);
      IntVector u13 = high.selectFrom(t6, t14);
      IntVector u14 = low.selectFrom(t7, t15);
      IntVector u15 = high.selectFrom(t7, t15);
      IntVector v0 = low.selectFrom(u0, u8);
      IntVector v1 = high.selectFrom(u0, u8);
      IntVector v2 = low.selectFrom(u1, u9);
      IntVector v3 = high.selectFrom(u1, u9);
      IntVector v4 = low.selectFrom(u2, u10);
      IntVector v5 = high.selectFrom(u2, u10);
      IntVector v6 = low.selectFrom(u3, u11);
      IntVector v7 = high.selectFrom(u3, u11);
      IntVector v8 = low.selectFrom(u4, u12);
      IntVector v9 = high.selectFrom(u4, u12);
      IntVector v10 = low.selectFrom(u5, u13);
      IntVector v11 = high.selectFrom(u5, u13);
      IntVector v12 = low.selectFrom(u6, u14);
      IntVector v13 = high.selectFrom(u6, u14);
      IntVector v14 = low.selectFrom(u7, u15);
      IntVector v15 = high.selectFrom(u7, u15);
      int out = toAt + k / LANES * toBlock;
      v0.reinterpretAsFloats().intoArray(to, out);
      v1.reinterpretAsFloats().intoArray(to, out + toStride);
      v2.reinterpretAsFloats().intoArray(to, out + 2 * toStride);
      v3.reinterpretAsFloats().intoArray(to, out + 3 * toStride);
      v4.reinterpretAsFloats().intoArray(to, out + 4 * toStride);
      v5.reinterpretAsFloats().intoArray(to, out + 5 * toStride);
      v6.reinterpretAsFloats().intoArray(to, out + 6 * toStride);
      v7.reinterpretAsFloats().intoArray(to, out + 7 * toStride);
      v8.reinterpretAsFloats().intoArray(to, out + 8 * toStride);
      v9.reinterpretAsFloats().intoArray(to, out + 9 * toStride);
      v10.reinterpretAsFloats().intoArray(to, out + 10 * toStride);
      v11.reinterpretAsFloats().intoArray(to, out + 11 * toStride);
      v12.reinterpretAsFloats().intoArray(to, out + 12 * toStride);
      v13.reinterpretAsFloats().intoArray(to, out + 13 * toStride);
      v14.reinterpretAsFloats().intoArray(to, out + 14 * toStride);
      v15.reinterpretAsFloats().intoArray(to, out + 15 * toStride);
    }
  }
}
