package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * {@link PasteRows} for any number of matrices: the factors of all adapters in the borders of their
 * weights.
 *
 * <pre>
 * for (each vector n of this block's chunk of out)   // TensorTables
 *   row = n / columns;  c = n % columns
 *   inside = row &lt; xRows &amp;&amp; first &lt;= c &amp;&amp; c - first &lt; xColumns
 *   out[row][c] = inside ? factor * x[row][c - first] : 0
 * </pre>
 *
 * <p>Least bytes: x read, out written. 1 FLOP an element of x.
 *
 * @param one what is done to each
 */
public record PasteAll(PasteRows one) implements Kernel {

  /** What to launch: once for all of the same types and vectors. */
  public static List<Launch> launches(List<PasteRows.Paste> pastes, TablePlace place) {
    TensorTables<PasteAll> tables = new TensorTables<>();
    for (PasteRows.Paste paste : pastes) {
      PasteRows.Rows x = paste.x();
      PasteRows.Rows out = paste.out();
      long elements = (long) out.rows() * out.width();
      if (elements > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "%d rows of %d elements; fewer than 2^31 elements can be pasted"
                .formatted(out.rows(), out.width()));
      }
      PasteRows kernel = paste.kernel();
      tables.add(
          new PasteAll(kernel),
          elements,
          List.of(paste.from(), paste.to()),
          out.width() / kernel.vector(),
          x.rows(),
          x.width() / kernel.vector(),
          x.stride(),
          paste.firstColumn() / kernel.vector(),
          out.stride(),
          Float.floatToRawIntBits(paste.factor()));
    }
    return tables.launches(place, block -> List.of());
  }

  @Override
  public int threadsPerBlock() {
    return TensorTables.THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    TensorTables.Chunk chunk = TensorTables.Chunk.declare(k, 2, 7, one.vector());
    ElementPointer part = chunk.wholeInput(0, one.x());
    ElementPointer to = chunk.wholeOutput(1, one.out());
    B32 columns = chunk.size(0);
    PasteRows.Layout layout =
        new PasteRows.Layout(
            chunk.size(1),
            chunk.size(2),
            chunk.size(3),
            chunk.size(4),
            chunk.size(5),
            chunk.real(6));
    chunk.forEachInTensor(
        n -> {
          B32 row = k.div(n, columns);
          one.paste(k, part, to, layout, row, k.sub(n, k.mul(row, columns)));
        });
  }
}
