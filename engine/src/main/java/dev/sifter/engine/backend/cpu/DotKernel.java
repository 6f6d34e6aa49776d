package dev.sifter.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of one or two rows with {@link #ROWS} others, all of which lie in the first-level cache:
 * eight sums in registers need six loads for eight multiply-adds, where single dot products need
 * sixteen. Every product is summed in the same order, whichever rows it has beside it.
 */
final class DotKernel {
  /** Rows of the right factor. */
  static final int ROWS = 4;

  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /** Most terms that are summed in registers: more would round too often in a row. */
  private static final int PIECE = 1536;

  /** Where the sums of all pieces are, behind those of the lanes of one. */
  private static final int TOTALS = 2 * ROWS * LANES;

  /** Floats that the sums of two rows take. */
  static final int SUMS = TOTALS + 2 * ROWS;

  private DotKernel() {}

  /**
   * sums[i·ROWS + r] = Σ a[aAt + i·k + j] · b[r·k + j] for i &lt; {@code count}, which is one or
   * two.
   *
   * @param sums {@link #SUMS} floats; those behind the results are overwritten too
   */
  static void dots(float[] a, int aAt, int count, float[] b, int k, float[] sums) {
    int from = 0;
    do {
      int to = Math.min(k, from + PIECE);
      int bound = from + S.loopBound(to - from);
      if (count == 2) {
        two(a, aAt, b, k, from, bound, sums);
      } else {
        one(a, aAt, b, k, from, bound, sums);
      }
      for (int i = 0; i < count; i++) {
        for (int r = 0; r < ROWS; r++) {
          int product = i * ROWS + r;
          float sum = LaneSum.of(sums, product * LANES);
          for (int j = bound; j < to; j++) {
            sum = Math.fma(a[aAt + i * k + j], b[r * k + j], sum);
          }
          sums[TOTALS + product] = from == 0 ? sum : sums[TOTALS + product] + sum;
        }
      }
      from = to;
    } while (from < k);
    System.arraycopy(sums, TOTALS, sums, 0, count * ROWS);
  }

  /**
   * The same of one row, with rows of fp32 numbers where they lie: where memory bounds a product, a
   * copy of them takes longer than the product.
   *
   * @param bAt byte offset of the rows
   */
  static void dots(float[] a, MemorySegment b, long bAt, int k, float[] sums) {
    int from = 0;
    do {
      int to = Math.min(k, from + PIECE);
      int bound = from + S.loopBound(to - from);
      one(a, b, bAt, k, from, bound, sums);
      for (int r = 0; r < ROWS; r++) {
        float sum = LaneSum.of(sums, r * LANES);
        for (int j = bound; j < to; j++) {
          sum = Math.fma(a[j], b.get(FLOAT, bAt + 4 * ((long) r * k + j)), sum);
        }
        sums[TOTALS + r] = from == 0 ? sum : sums[TOTALS + r] + sum;
      }
      from = to;
    } while (from < k);
    System.arraycopy(sums, TOTALS, sums, 0, ROWS);
  }

  /** Σ a[aAt + i] · b[bAt + i], by four vectors of partial sums. */
  static float dot(float[] a, int aAt, float[] b, int bAt, int count) {
    FloatVector sum0 = FloatVector.zero(S);
    FloatVector sum1 = FloatVector.zero(S);
    FloatVector sum2 = FloatVector.zero(S);
    FloatVector sum3 = FloatVector.zero(S);
    int i = 0;
    for (; i <= count - 4 * LANES; i += 4 * LANES) {
      int j = aAt + i;
      int l = bAt + i;
      sum0 = FloatVector.fromArray(S, a, j).fma(FloatVector.fromArray(S, b, l), sum0);
      sum1 =
          FloatVector.fromArray(S, a, j + LANES).fma(FloatVector.fromArray(S, b, l + LANES), sum1);
      sum2 =
          FloatVector.fromArray(S, a, j + 2 * LANES)
              .fma(FloatVector.fromArray(S, b, l + 2 * LANES), sum2);
      sum3 =
          FloatVector.fromArray(S, a, j + 3 * LANES)
              .fma(FloatVector.fromArray(S, b, l + 3 * LANES), sum3);
    }
    for (; i <= count - LANES; i += LANES) {
      sum0 = FloatVector.fromArray(S, a, aAt + i).fma(FloatVector.fromArray(S, b, bAt + i), sum0);
    }
    float sum = LaneSum.of(sum0.add(sum1).add(sum2.add(sum3)));
    for (; i < count; i++) {
      sum = Math.fma(a[aAt + i], b[bAt + i], sum);
    }
    return sum;
  }

  private static void one(float[] a, int aAt, float[] b, int k, int from, int to, float[] sums) {
    FloatVector sum0 = FloatVector.zero(S);
    FloatVector sum1 = FloatVector.zero(S);
    FloatVector sum2 = FloatVector.zero(S);
    FloatVector sum3 = FloatVector.zero(S);
    int b2 = 2 * k;
    int b3 = 3 * k;
    for (int j = from; j < to; j += LANES) {
      FloatVector x = FloatVector.fromArray(S, a, aAt + j);
      sum0 = x.fma(FloatVector.fromArray(S, b, j), sum0);
      sum1 = x.fma(FloatVector.fromArray(S, b, k + j), sum1);
      sum2 = x.fma(FloatVector.fromArray(S, b, b2 + j), sum2);
      sum3 = x.fma(FloatVector.fromArray(S, b, b3 + j), sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  private static void one(
      float[] a, MemorySegment b, long bAt, int k, int from, int to, float[] sums) {
    FloatVector sum0 = FloatVector.zero(S);
    FloatVector sum1 = FloatVector.zero(S);
    FloatVector sum2 = FloatVector.zero(S);
    FloatVector sum3 = FloatVector.zero(S);
    long rowBytes = 4L * k;
    for (int j = from; j < to; j += LANES) {
      FloatVector x = FloatVector.fromArray(S, a, j);
      long at = bAt + 4L * j;
      sum0 = x.fma(FloatVector.fromMemorySegment(S, b, at, ORDER), sum0);
      sum1 = x.fma(FloatVector.fromMemorySegment(S, b, at + rowBytes, ORDER), sum1);
      sum2 = x.fma(FloatVector.fromMemorySegment(S, b, at + 2 * rowBytes, ORDER), sum2);
      sum3 = x.fma(FloatVector.fromMemorySegment(S, b, at + 3 * rowBytes, ORDER), sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  private static void two(float[] a, int aAt, float[] b, int k, int from, int to, float[] sums) {
    FloatVector sum00 = FloatVector.zero(S);
    FloatVector sum01 = FloatVector.zero(S);
    FloatVector sum02 = FloatVector.zero(S);
    FloatVector sum03 = FloatVector.zero(S);
    FloatVector sum10 = FloatVector.zero(S);
    FloatVector sum11 = FloatVector.zero(S);
    FloatVector sum12 = FloatVector.zero(S);
    FloatVector sum13 = FloatVector.zero(S);
    int a1 = aAt + k;
    int b2 = 2 * k;
    int b3 = 3 * k;
    for (int j = from; j < to; j += LANES) {
      FloatVector x = FloatVector.fromArray(S, a, aAt + j);
      FloatVector y = FloatVector.fromArray(S, a, a1 + j);
      FloatVector row = FloatVector.fromArray(S, b, j);
      sum00 = x.fma(row, sum00);
      sum10 = y.fma(row, sum10);
      row = FloatVector.fromArray(S, b, k + j);
      sum01 = x.fma(row, sum01);
      sum11 = y.fma(row, sum11);
      row = FloatVector.fromArray(S, b, b2 + j);
      sum02 = x.fma(row, sum02);
      sum12 = y.fma(row, sum12);
      row = FloatVector.fromArray(S, b, b3 + j);
      sum03 = x.fma(row, sum03);
      sum13 = y.fma(row, sum13);
    }
    sum00.intoArray(sums, 0);
    sum01.intoArray(sums, LANES);
    sum02.intoArray(sums, 2 * LANES);
    sum03.intoArray(sums, 3 * LANES);
    sum10.intoArray(sums, 4 * LANES);
    sum11.intoArray(sums, 5 * LANES);
    sum12.intoArray(sums, 6 * LANES);
    sum13.intoArray(sums, 7 * LANES);
  }
}
