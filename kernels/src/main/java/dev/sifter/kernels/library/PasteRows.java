package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * out = 0 but for a part that is factor · x, in fp32, rounded once to out's type: the factors of an
 * adapter in the border of a weight; with a part as large as the whole, a copy between matrices
 * whose rows lie apart.
 *
 * <pre>
 * row = blockIdx.x * 8 + warp;  c = blockIdx.y * 32 + lane       // a vector of 16 bytes
 * inside = row &lt; xRows &amp;&amp; first &lt;= c &amp;&amp; c - first &lt; xColumns
 * out[row][c] = inside ? factor * x[row][c - first] : 0
 * </pre>
 *
 * <p>Least bytes: x read, out written. 1 FLOP an element of x.
 *
 * @param x type of the part
 * @param out type of the output
 * @param vector elements of an access
 */
public record PasteRows(ElementType x, ElementType out, int vector) implements RowTiles {

  /**
   * A matrix whose rows may be apart.
   *
   * @param array begins at its first element
   * @param rows its rows
   * @param width elements of a row
   * @param stride elements from one row to the next
   */
  public record Rows(Array array, int rows, int width, int stride) {

    /** Refuses rows that overlap. */
    public Rows {
      Strides.require("a matrix", stride, width);
    }

    private DeviceSlice require(String what) {
      return array.require(what, Strides.elements(rows, stride, width));
    }
  }

  /**
   * A matrix and a part that comes into it.
   *
   * @param x at most as large as {@code out}
   * @param firstColumn the column of {@code out} that x's first comes to
   */
  public record Paste(Rows x, float factor, int firstColumn, Rows out) {

    /** Refuses a part that does not fit. */
    public Paste {
      if (x.rows > out.rows || firstColumn < 0 || firstColumn + x.width > out.width) {
        throw new IllegalArgumentException(
            "%d rows of %d elements do not fit into %d of %d from column %d on"
                .formatted(x.rows, x.width, out.rows, out.width, firstColumn));
      }
    }

    PasteRows kernel() {
      long[] widths = {x.width, x.stride, firstColumn, out.width, out.stride};
      return new PasteRows(
          x.array.type(), out.array.type(), Vectors.ofRows(widths, x.array, out.array));
    }

    DeviceSlice from() {
      return x.require("x");
    }

    DeviceSlice to() {
      return out.require("out");
    }
  }

  /** What to launch. */
  public static List<Launch> launches(Paste paste) {
    PasteRows kernel = paste.kernel();
    return RowTiles.launches(
        kernel,
        kernel.vector,
        paste.out.rows,
        paste.out.width,
        paste.from(),
        paste.to(),
        paste.x.rows,
        paste.x.width / kernel.vector,
        paste.x.stride,
        paste.firstColumn / kernel.vector,
        paste.out.stride,
        paste.factor);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer part = k.input("x", x, vector);
    ElementPointer to = k.output("out", out, vector);
    Layout layout =
        new Layout(
            k.size("xRows"),
            k.size("xColumns"),
            k.size("xStride"),
            k.size("firstColumn"),
            k.size("outStride"),
            k.number("factor"));
    RowTiles.emit(k, vector, place -> paste(k, part, to, layout, place.row(), place.column()));
  }

  /** Where the part is, and where it comes to; columns are vectors. */
  record Layout(B32 partRows, B32 partColumns, B32 partStride, B32 first, B32 stride, F32 factor) {}

  /** One vector of the output. */
  void paste(
      PtxAssembler k, ElementPointer part, ElementPointer to, Layout layout, B32 row, B32 column) {
    B32 ofPart = k.sub(column, layout.first);
    Pred rightOfFirst = k.ge(column, layout.first);
    Pred inside =
        k.and(k.and(rightOfFirst, k.lt(ofPart, layout.partColumns)), k.lt(row, layout.partRows));
    ElementPointer from = k.at(k.atRow(part, row, layout.partStride, vector), ofPart, vector);
    List<F32> values = Vectors.map(k.loadIf(inside, from, vector), v -> k.mul(v, layout.factor));
    k.store(k.at(k.atRow(to, row, layout.stride, vector), column, vector), values);
  }
}
