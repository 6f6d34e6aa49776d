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
 * dTable[rows[t]] += scale · dy[t], in the order of t: the gradient of {@link Gather}, without
 * atomics. The warps of a row number's first t do all of its terms; the others leave.
 *
 * <pre>
 * t = blockIdx.x;  id = rows[t];  c = (blockIdx.y * 4 + warp) * 32 + lane    // a vector
 * for (s = lane; s &lt; t; s += 32)  if (any lane: rows[s] == id) return        // not the first
 * sum = dTable[id][c]
 * for (s0 = t; s0 &lt; T; s0 += 32)
 *   same = ballot(rows[s0 + lane] == id)
 *   while (same) { s = s0 + lowest bit of same;  sum += scale * dy[s][c];  same &amp;= same - 1 }
 * dTable[id][c] = sum
 * </pre>
 *
 * <p>Row numbers are the caller's to check. Least bytes: dy read, each row of dTable that occurs
 * read and written. The search reads T²/2 row numbers for every 128 vectors of a row, all from
 * cache. 2 FLOPs an element.
 *
 * @param dy type of the gradient
 * @param dTable type of the table's gradient
 * @param vector elements of an access
 */
public record ScatterAdd(ElementType dy, ElementType dTable, int vector) implements Kernel {
  private static final int WARPS = 4;

  /**
   * What to launch.
   *
   * @param dy [count, width]
   * @param rows 32-bit row numbers [count]
   * @param dTable [any, width]
   */
  public static List<Launch> launches(
      Array dy, DeviceSlice rows, float scale, Array dTable, int count, int width) {
    if (count == 0 || width == 0) {
      return List.of();
    }
    ScatterAdd kernel =
        new ScatterAdd(dy.type(), dTable.type(), Vectors.ofRows(new long[] {width}, dy, dTable));
    int vectors = width / kernel.vector;
    return List.of(
        Launch.of(
            kernel,
            Grid.of(count, Math.ceilDiv(vectors, WARPS * PtxAssembler.WARP)),
            dy.require("dy", (long) count * width),
            rows.require("rows", (long) count * Integer.BYTES, Integer.BYTES),
            dTable.slice(),
            count,
            width,
            scale));
  }

  @Override
  public int threadsPerBlock() {
    return WARPS * PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer gradient = k.input("dy", dy, vector);
    GlobalPointer numbers = k.pointer("ids", Integer.BYTES);
    ElementPointer table = k.output("dTable", dTable, vector);
    B32 count = k.size("count");
    B32 width = k.size("width");
    F32 scale = k.number("scale");

    B32 t = k.blockX();
    B32 id = k.loadReadOnly(k.at(numbers, t, Integer.BYTES));
    k.exitIf(k.ne(earlier(k, numbers, t, id), 0));

    B32 column = k.mad(k.blockY(), WARPS * PtxAssembler.WARP, k.threadIndex());
    Pred inside = k.lt(k.mul(column, vector), width);
    ElementPointer to = k.at(k.atRow(table, id, width, vector), column, vector);
    List<F32> sums = k.loadIf(inside, to, vector);
    k.forRange(
        t,
        count,
        PtxAssembler.WARP,
        start -> {
          B32 same = k.variable(matches(k, numbers, start, count, id));
          k.whileLoop(
              () -> k.ne(same, 0),
              () -> {
                B32 lowest = k.and(same, k.sub(k.constant(0), same));
                B32 s = k.add(start, k.sub(k.constant(31), k.leadingZeros(lowest)));
                ElementPointer row = k.at(k.atRow(gradient, s, width, vector), column, vector);
                List<F32> terms = k.loadIf(inside, row, vector);
                for (int i = 0; i < vector; i++) {
                  k.assign(sums.get(i), k.fma(terms.get(i), scale, sums.get(i)));
                }
                k.assign(same, k.xor(same, lowest));
              });
        });
    k.storeIf(inside, to, sums);
  }

  /** Whether the row number occurs before t: not 0 then. */
  private static B32 earlier(PtxAssembler k, GlobalPointer numbers, B32 t, B32 id) {
    B32 found = k.variable(k.constant(0));
    B32 start = k.variable(k.constant(0));
    k.whileLoop(
        () -> k.and(k.lt(start, t), k.eq(found, 0)),
        () -> {
          k.assign(found, matches(k, numbers, start, t, id));
          k.assign(start, k.add(start, PtxAssembler.WARP));
        });
    return found;
  }

  /** A bit for each of 32 row numbers from {@code start}, below {@code end}, that are the same. */
  private static B32 matches(PtxAssembler k, GlobalPointer numbers, B32 start, B32 end, B32 id) {
    B32 s = k.add(start, k.laneIndex());
    B32 last = k.sub(end, k.constant(1));
    B32 number = k.loadReadOnly(k.at(numbers, k.min(s, last), Integer.BYTES));
    return k.ballot(k.and(k.lt(s, end), k.eq(number, id)));
  }
}
