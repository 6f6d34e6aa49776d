package dev.sifter.kernels.library;

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

    private long elements() {
      return Strides.elements(rows, stride, width);
    }
  }

  /**
   * What to launch.
   *
   * @param x at most as large as {@code out}
   * @param firstColumn the column of {@code out} that x's first comes to
   */
  public static List<Launch> launches(Rows x, float factor, int firstColumn, Rows out) {
    if (x.rows > out.rows || firstColumn < 0 || firstColumn + x.width > out.width) {
      throw new IllegalArgumentException(
          "%d rows of %d elements do not fit into %d of %d from column %d on"
              .formatted(x.rows, x.width, out.rows, out.width, firstColumn));
    }
    long[] widths = {x.width, x.stride, firstColumn, out.width, out.stride};
    PasteRows kernel =
        new PasteRows(x.array.type(), out.array.type(), Vectors.ofRows(widths, x.array, out.array));
    return RowTiles.launches(
        kernel,
        kernel.vector,
        out.rows,
        out.width,
        x.array.require("x", x.elements()),
        out.array.require("out", out.elements()),
        x.rows,
        x.width / kernel.vector,
        x.stride,
        firstColumn / kernel.vector,
        out.stride,
        factor);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer part = k.input("x", x, vector);
    ElementPointer to = k.output("out", out, vector);
    B32 partRows = k.size("xRows");
    B32 partColumns = k.size("xColumns");
    B32 partStride = k.size("xStride");
    B32 first = k.size("firstColumn");
    B32 stride = k.size("outStride");
    F32 factor = k.number("factor");
    RowTiles.emit(
        k,
        vector,
        place -> {
          B32 column = k.sub(place.column(), first);
          Pred rightOfFirst = k.ge(place.column(), first);
          Pred inside =
              k.and(k.and(rightOfFirst, k.lt(column, partColumns)), k.lt(place.row(), partRows));
          ElementPointer from =
              k.at(k.atRow(part, place.row(), partStride, vector), column, vector);
          List<F32> values = Vectors.map(k.loadIf(inside, from, vector), v -> k.mul(v, factor));
          place.store(to, stride, values);
        });
  }
}
