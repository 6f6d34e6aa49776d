package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * The first index of the largest element of each row: greedy decoding.
 *
 * <pre>
 * row = blockIdx.x;  best = -inf, index = none                  // of this thread
 * for (i = threadIdx.x; i &lt; V; i += threads)                   // vectors, four asked for at once
 *   if (max(x[i]) &gt; best) { best = max(x[i]); index = i }
 * m = blockMax(best);  i = blockMin(best == m ? index : none);  out[row] = first of x[i] that is m
 * </pre>
 *
 * <p>A NaN is never the largest; a row of them gives 0. Least bytes: the rows read. 1 FLOP an
 * element.
 *
 * @param width elements of a row
 * @param x type of the rows
 * @param vector elements of an access
 */
public record ArgMax(int width, ElementType x, int vector) implements Kernel {
  /** A row has but one multiprocessor: as many loads under way as that can have. */
  private static final int MOST_THREADS = 1024;

  /**
   * What to launch.
   *
   * @param x [rows, width]
   * @param out 32-bit [rows]
   */
  public static List<Launch> launches(Array x, DeviceSlice out, int rows, int width) {
    if (rows == 0) {
      return List.of();
    }
    ArgMax kernel = new ArgMax(width, x.type(), AlignedRow.vector(x, rows, width));
    return List.of(
        Launch.of(
            kernel,
            Grid.of(rows),
            x.require("x", (long) rows * width),
            out.require("out", (long) rows * Integer.BYTES, Integer.BYTES)));
  }

  @Override
  public int threadsPerBlock() {
    int threads = PtxAssembler.WARP;
    while (threads < MOST_THREADS && threads * vector < width) {
      threads *= 2;
    }
    return threads;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.input("x", x, vector);
    GlobalPointer out = k.pointer("out", Integer.BYTES);
    AlignedRow row = AlignedRow.of(k, in, k.blockX(), width, vector);
    FirstLargest mine = new FirstLargest(k, true);
    row.forEach(threadsPerBlock(), (place, elements, index) -> mine.see(elements, index));
    B32 result = mine.ofRow(row).index();
    k.storeIf(k.eq(k.threadIndex(), 0), k.at(out, k.blockX(), Integer.BYTES), result);
  }
}
