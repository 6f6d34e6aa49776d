package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * C = α·A·Bᵀ + β·C for few rows of A, as in decoding: B is read once, at the speed of memory, and
 * each of its rows meets all rows of A while it lies in the first-level cache; one row of A meets
 * fp32 rows where they are.
 */
final class Gemv {
  /** Rows of A up to which this is faster than packing. */
  private static final int MOST_ROWS = 32;

  private static final int SHARED_A = 0;
  private static final int ROWS_SLOT = 0;
  private static final int SUMS_SLOT = 1;

  /** Rows of B that a task takes. */
  private static final int GRAIN = 64;

  private final CpuContext context;

  Gemv(CpuContext context) {
    this.context = context;
  }

  /** Whether this is the way to multiply so many rows by op(B). */
  static boolean suits(int rows, boolean transposeB) {
    return rows <= MOST_ROWS && transposeB;
  }

  void multiply(Tensor a, Tensor b, float alpha, float beta, Tensor c) {
    int m = a.rows();
    int n = b.rows();
    int k = b.width();
    float[] left = context.shared().floats(SHARED_A, (long) m * k);
    Numbers.load(a.dtype(), a.segment(), 0, left, 0, m * k);
    boolean inPlace = m == 1 && b.dtype() == DType.F32;
    boolean small = (long) n * k < 50_000;
    context.runRanges(
        n,
        small ? n : GRAIN,
        (from, to, worker) -> {
          float[] rows = context.scratch(worker).floats(ROWS_SLOT, (long) DotKernel.ROWS * k);
          float[] sums = context.scratch(worker).floats(SUMS_SLOT, DotKernel.SUMS);
          for (long row = from; row < to; row += DotKernel.ROWS) {
            int count = (int) Math.min(DotKernel.ROWS, to - row);
            if (inPlace && count == DotKernel.ROWS) {
              DotKernel.dots(left, b.segment(), 4 * row * k, k, sums);
              store(sums, 0, count, alpha, beta, c.segment(), row);
              continue;
            }
            Numbers.load(b.dtype(), b.segment(), row * k, rows, 0, count * k);
            for (int i = 0; i < m; i += 2) {
              int pair = Math.min(2, m - i);
              DotKernel.dots(left, i * k, pair, rows, k, sums);
              for (int j = 0; j < pair; j++) {
                long element = (long) (i + j) * n + row;
                store(sums, j * DotKernel.ROWS, count, alpha, beta, c.segment(), element);
              }
            }
          }
        });
  }

  private static void store(
      float[] sums, int at, int count, float alpha, float beta, MemorySegment out, long element) {
    for (int r = 0; r < count; r++) {
      long place = 4 * (element + r);
      float old = beta == 0 ? 0 : beta * out.get(ValueLayout.JAVA_FLOAT_UNALIGNED, place);
      out.set(ValueLayout.JAVA_FLOAT_UNALIGNED, place, alpha * sums[at + r] + old);
    }
  }
}
