package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * The first index of the largest element of each row: greedy decoding.
 *
 * <pre>
 * row = blockIdx.x;  best = -inf, index = none                  // of this thread
 * for (i = threadIdx.x; i &lt; V; i += 256)  if (x[i] &gt; best) { best = x[i]; index = i }   // vectors
 * m = blockMax(best);  out[row] = blockMin(best == m ? index : none)
 * </pre>
 *
 * <p>A NaN is never the largest; a row of them gives 0. Least bytes: the rows read. 1 FLOP an
 * element.
 *
 * @param x type of the rows
 * @param vector elements of an access
 */
public record ArgMax(ElementType x, int vector) implements Kernel {
  private static final int THREADS = 256;
  private static final int NONE = -1;

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
    ArgMax kernel = new ArgMax(x.type(), Vectors.ofRows(new long[] {width}, x));
    return List.of(
        Launch.of(
            kernel,
            Grid.of(rows),
            x.require("x", (long) rows * width),
            out.require("out", (long) rows * Integer.BYTES, Integer.BYTES),
            width));
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.input("x", x, vector);
    GlobalPointer out = k.pointer("out", Integer.BYTES);
    B32 width = k.size("width");
    ElementPointer row = k.atRow(in, k.blockX(), width, vector);
    F32 best = k.variable(Float.NEGATIVE_INFINITY);
    B32 index = k.variable(k.constant(NONE));
    k.forRange(
        k.threadIndex(),
        k.div(width, vector),
        THREADS,
        i -> {
          List<F32> values = k.load(k.at(row, i, vector), vector);
          B32 start = k.mul(i, vector);
          for (int e = 0; e < vector; e++) {
            Pred larger = k.gt(values.get(e), best);
            k.assign(best, k.select(larger, values.get(e), best));
            k.assign(index, k.select(larger, k.add(start, e), index));
          }
        });
    F32 largest = k.blockMax(best);
    B32 candidate = k.select(k.eq(best, largest), index, k.constant(NONE));
    B32 first = k.blockMin(candidate);
    B32 result = k.select(k.eq(first, NONE), k.constant(0), first);
    k.storeIf(k.eq(k.threadIndex(), 0), k.at(out, k.blockX(), Integer.BYTES), result);
  }
}
