package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * y[rows[t]] = x[t]: new keys and values, each to its sequence's next row of a cache. Which rows
 * these are lies in device memory, so that token after token makes the same launch.
 *
 * <pre>
 * t = blockIdx.x * 8 + warp;  c = blockIdx.y * 32 + lane         // a vector of 16 bytes
 * y[rows[t]][c] = x[t][c]
 * </pre>
 *
 * <p>Row numbers are the caller's to check; none may come twice. Least bytes: each row read and
 * written once. No FLOPs.
 *
 * @param x type of the rows
 * @param y type of what they are put into
 * @param vector elements of an access
 */
public record Scatter(ElementType x, ElementType y, int vector) implements RowTiles {

  /**
   * What to launch.
   *
   * @param x [count, width]
   * @param xStride elements from one row of x to the next
   * @param rows 32-bit row numbers [count]
   * @param y [any, width]
   */
  public static List<Launch> launches(
      Array x, int xStride, DeviceSlice rows, Array y, int count, int width) {
    Strides.require("x", xStride, width);
    Scatter kernel =
        new Scatter(x.type(), y.type(), Vectors.ofRows(new long[] {width, xStride}, x, y));
    return RowTiles.launches(
        kernel,
        kernel.vector,
        count,
        width,
        x.require("x", Strides.elements(count, xStride, width)),
        rows.require("rows", (long) count * Integer.BYTES, Integer.BYTES),
        y.slice(),
        xStride,
        width);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer from = k.input("x", x, vector);
    GlobalPointer numbers = k.pointer("ids", Integer.BYTES);
    ElementPointer to = k.output("y", y, vector);
    B32 stride = k.size("xStride");
    B32 width = k.size("width");
    RowTiles.emit(
        k,
        vector,
        place -> {
          B32 row = k.loadReadOnly(k.at(numbers, place.row(), Integer.BYTES));
          k.store(place.inRow(to, row, width), place.load(from, stride));
        });
  }
}
