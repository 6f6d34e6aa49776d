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
import java.util.ArrayList;
import java.util.List;

/**
 * dTable[rows[t]] += scale · dy[t], in the order of t: the gradient of {@link Gather}, without
 * atomics. The host sorts the terms by row ({@link RowOrder}); the block where a row's terms begin
 * does them all, the others leave.
 *
 * <pre>
 * i = blockIdx.x;  n = terms[i];  if (n == 0) return       // not where a row's terms begin
 * c = blockIdx.y * 128 + threadIdx.x                       // a vector
 * sum = dTable[rows[order[i]]][c]
 * for (j = i; j &lt; i + n; j += 4)
 *   four loads: x = dy[order[j..j+3]][c]
 *   sum = scale * x + sum, one after the other
 * dTable[rows[order[i]]][c] = sum
 * </pre>
 *
 * <p>Row numbers are the caller's to check. Least bytes: dy read, each row of dTable that occurs
 * read and written. 2 FLOPs an element.
 *
 * @param dy type of the gradient
 * @param dTable type of the table's gradient
 * @param vector elements of an access
 */
public record ScatterAdd(ElementType dy, ElementType dTable, int vector) implements Kernel {
  private static final int THREADS = 128;

  /** Terms that are loaded before the first of them is added: a row may have thousands. */
  private static final int AHEAD = 4;

  /**
   * What to launch.
   *
   * @param dy [count, width]
   * @param rows 32-bit row numbers [count]
   * @param order {@link RowOrder#of} the row numbers
   * @param dTable [any, width]
   */
  public static List<Launch> launches(
      Array dy,
      DeviceSlice rows,
      DeviceSlice order,
      float scale,
      Array dTable,
      int count,
      int width) {
    if (count == 0 || width == 0) {
      return List.of();
    }
    ScatterAdd kernel =
        new ScatterAdd(dy.type(), dTable.type(), Vectors.ofRows(new long[] {width}, dy, dTable));
    int vectors = width / kernel.vector;
    long listBytes = (long) count * Integer.BYTES;
    order.require("order", 2 * listBytes, Integer.BYTES);
    return List.of(
        Launch.of(
            kernel,
            Grid.of(count, Math.ceilDiv(vectors, THREADS)),
            dy.require("dy", (long) count * width),
            rows.require("rows", listBytes, Integer.BYTES),
            order.slice(0, listBytes),
            order.slice(listBytes, listBytes),
            dTable.slice(),
            width,
            scale));
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer gradient = k.input("dy", dy, vector);
    GlobalPointer numbers = k.pointer("ids", Integer.BYTES);
    GlobalPointer order = k.pointer("order", Integer.BYTES);
    GlobalPointer terms = k.pointer("terms", Integer.BYTES);
    ElementPointer table = k.output("dTable", dTable, vector);
    B32 width = k.size("width");
    F32 scale = k.number("scale");

    B32 first = k.blockX();
    B32 count = k.loadReadOnly(k.at(terms, first, Integer.BYTES));
    k.exitIf(k.eq(count, 0));
    B32 end = k.add(first, count);
    B32 last = k.sub(end, k.constant(1));
    B32 row =
        k.loadReadOnly(
            k.at(numbers, k.loadReadOnly(k.at(order, first, Integer.BYTES)), Integer.BYTES));

    B32 column = k.mad(k.blockY(), THREADS, k.threadIndex());
    Pred inside = k.lt(k.mul(column, vector), width);
    ElementPointer to = k.at(k.atRow(table, row, width, vector), column, vector);
    List<F32> sums = k.loadIf(inside, to, vector);
    k.forRange(
        first,
        end,
        AHEAD,
        start -> {
          List<List<F32>> loaded = new ArrayList<>();
          for (int j = 0; j < AHEAD; j++) {
            B32 at = k.min(k.add(start, j), last);
            B32 t = k.loadReadOnly(k.at(order, at, Integer.BYTES));
            ElementPointer from = k.at(k.atRow(gradient, t, width, vector), column, vector);
            loaded.add(k.loadIf(inside, from, vector));
          }
          for (int j = 0; j < AHEAD; j++) {
            Pred isTerm = k.lt(k.add(start, j), end);
            for (int i = 0; i < vector; i++) {
              F32 sum = k.fma(loaded.get(j).get(i), scale, sums.get(i));
              k.assign(sums.get(i), k.select(isTerm, sum, sums.get(i)));
            }
          }
        });
    k.storeIf(inside, to, sums);
  }
}
