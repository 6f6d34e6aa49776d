package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * y[t] = scale · table[rows[t]]: token embeddings, and the label-bearing rows of a batch.
 *
 * <pre>
 * t = blockIdx.x * 8 + warp;  c = blockIdx.y * 32 + lane         // a vector of 16 bytes
 * y[t][c] = scale * table[rows[t]][c]
 * </pre>
 *
 * <p>Row numbers are the caller's to check. Least bytes: each row read and written once. 1 FLOP an
 * element.
 *
 * @param table type of the table
 * @param y type of the output
 * @param vector elements of an access
 */
public record Gather(ElementType table, ElementType y, int vector) implements RowTiles {

  /**
   * What to launch.
   *
   * @param table [any, width]
   * @param rows 32-bit row numbers [count]
   * @param y [count, width]
   */
  public static List<Launch> launches(
      Array table, DeviceSlice rows, float scale, Array y, int count, int width) {
    Gather kernel =
        new Gather(table.type(), y.type(), Vectors.ofRows(new long[] {width}, table, y));
    return RowTiles.launches(
        kernel,
        kernel.vector,
        count,
        width,
        table.slice(),
        rows.require("rows", (long) count * Integer.BYTES, Integer.BYTES),
        y.require("y", (long) count * width),
        width,
        scale);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer from = k.input("table", table, vector);
    GlobalPointer numbers = k.pointer("ids", Integer.BYTES);
    ElementPointer to = k.output("y", y, vector);
    B32 width = k.size("width");
    F32 scale = k.number("scale");
    RowTiles.emit(
        k,
        vector,
        place -> {
          B32 row = k.loadReadOnly(k.at(numbers, place.row(), Integer.BYTES));
          List<F32> values = k.load(place.inRow(from, row, width), vector);
          place.store(to, width, Vectors.map(values, v -> k.mul(v, scale)));
        });
  }
}
