package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/** Rows of a table: token embeddings, learned positions. */
public final class Embedding {
  /** For {@code paddingId}: every row of the table is trained. */
  public static final int NO_PADDING = -1;

  private Embedding() {}

  /**
   * y[t] = scale · table[ids[t]].
   *
   * @param table [V, H]
   * @param ids row numbers [T]
   * @param paddingId the row that receives no gradient from here, as PyTorch's {@code padding_idx};
   *     or {@link #NO_PADDING}
   * @param scale usually 1; √H for Gemma
   * @param dtype type of y: the activations' type, where the table is of a narrower one
   */
  public static Variable apply(
      Tape tape, Variable table, int[] ids, int paddingId, float scale, DType dtype) {
    Tensor rows = tape.upload(ids);
    Tensor y = tape.allocate(dtype, Shape.of(ids.length, table.shape().width()));
    tape.backend().rows().gather(table.value(), rows, scale, y);
    tape.release(rows);
    return tape.record(
        y,
        List.of(table),
        List.of(),
        List.of(),
        gradients -> backward(gradients, table, ids, paddingId, scale));
  }

  /** dTable[ids[t]] += scale · dy[t] for all t but those of the padding row. */
  private static void backward(
      Gradients gradients, Variable table, int[] ids, int paddingId, float scale) {
    Tensor dTable = gradients.addingInto(table);
    Tensor dy = gradients.output();
    int[] kept = IntStream.range(0, ids.length).filter(t -> ids[t] != paddingId).toArray();
    int[] keptIds = IntStream.of(kept).map(t -> ids[t]).toArray();
    Tensor rows = gradients.upload(keptIds);
    if (kept.length == ids.length) {
      gradients.backend().rows().scatterAdd(dy, rows, scale, dTable);
    } else {
      Tensor sources = gradients.upload(kept);
      Tensor rest = gradients.temporary(dy.dtype(), Shape.of(kept.length, dy.width()));
      gradients.backend().rows().gather(dy, sources, 1, rest);
      gradients.backend().rows().scatterAdd(rest, rows, scale, dTable);
      gradients.release(rest);
      gradients.release(sources);
    }
    gradients.release(rows);
  }
}
