package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * C = α·A·Bᵀ + β·C for few rows of A, as in decoding: B is read once, at the speed of memory, and
 * each of its rows meets all rows of A while it lies in the first-level cache.
 */
final class Gemv {
  /** Rows of A up to which this is faster than packing. */
  static final int MOST_ROWS = 8;

  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int SHARED_A = 0;
  private static final int ROWS_SLOT = 0;

  /** Rows of B that a task takes. */
  private static final int GRAIN = 64;

  private final CpuContext context;

  Gemv(CpuContext context) {
    this.context = context;
  }

  void multiply(Tensor a, Tensor b, float alpha, float beta, Tensor c) {
    int m = a.rows();
    int n = b.rows();
    int k = b.width();
    float[] left = context.shared().floats(SHARED_A, (long) m * k);
    Numbers.load(a.dtype(), a.segment(), 0, left, 0, m * k);
    MemorySegment right = b.segment();
    MemorySegment out = c.segment();
    boolean small = (long) n * k < 50_000;
    context.runRanges(
        n,
        small ? n : GRAIN,
        (from, to, worker) -> {
          float[] rows = context.scratch(worker).floats(ROWS_SLOT, 4L * k);
          for (long row = from; row < to; row += 4) {
            int count = (int) Math.min(4, to - row);
            Numbers.load(b.dtype(), right, row * k, rows, 0, count * k);
            for (int i = 0; i < m; i++) {
              dots(left, i * k, rows, k, count, alpha, beta, out, (long) i * n + row);
            }
          }
        });
  }

  private static void dots(
      float[] left,
      int at,
      float[] rows,
      int k,
      int count,
      float alpha,
      float beta,
      MemorySegment out,
      long element) {
    for (int r = 0; r < count; r++) {
      float dot = alpha * dot(left, at, rows, r * k, k);
      long place = 4 * (element + r);
      float old = beta == 0 ? 0 : beta * out.get(ValueLayout.JAVA_FLOAT_UNALIGNED, place);
      out.set(ValueLayout.JAVA_FLOAT_UNALIGNED, place, dot + old);
    }
  }

  /** Σ a[aAt + i] · b[bAt + i], by four vectors of partial sums. */
  static float dot(float[] a, int aAt, float[] b, int bAt, int count) {
    int lanes = S.length();
    FloatVector sum0 = FloatVector.zero(S);
    FloatVector sum1 = FloatVector.zero(S);
    FloatVector sum2 = FloatVector.zero(S);
    FloatVector sum3 = FloatVector.zero(S);
    int i = 0;
    for (; i <= count - 4 * lanes; i += 4 * lanes) {
      int j = aAt + i;
      int l = bAt + i;
      sum0 = FloatVector.fromArray(S, a, j).fma(FloatVector.fromArray(S, b, l), sum0);
      sum1 =
          FloatVector.fromArray(S, a, j + lanes).fma(FloatVector.fromArray(S, b, l + lanes), sum1);
      sum2 =
          FloatVector.fromArray(S, a, j + 2 * lanes)
              .fma(FloatVector.fromArray(S, b, l + 2 * lanes), sum2);
      sum3 =
          FloatVector.fromArray(S, a, j + 3 * lanes)
              .fma(FloatVector.fromArray(S, b, l + 3 * lanes), sum3);
    }
    for (; i <= count - lanes; i += lanes) {
      sum0 = FloatVector.fromArray(S, a, aAt + i).fma(FloatVector.fromArray(S, b, bAt + i), sum0);
    }
    float sum = LaneSum.of(sum0.add(sum1).add(sum2.add(sum3)));
    for (; i < count; i++) {
      sum = Math.fma(a[aAt + i], b[bAt + i], sum);
    }
    return sum;
  }
}
