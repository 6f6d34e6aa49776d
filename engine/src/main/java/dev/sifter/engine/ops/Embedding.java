package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;
import java.util.function.IntUnaryOperator;
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
    return apply(tape, table, null, ids, paddingId, scale, dtype);
  }

  /**
   * As {@link #apply(Tape, Variable, int[], int, float, DType)}, with some rows trained apart.
   *
   * @param trained rows that the table holds copies of; or null
   */
  public static Variable apply(
      Tape tape,
      Variable table,
      TokenRows trained,
      int[] ids,
      int paddingId,
      float scale,
      DType dtype) {
    Tensor rows = tape.upload(ids);
    Tensor y = tape.allocate(dtype, Shape.of(ids.length, table.shape().width()));
    tape.backend().rows().gather(table.value(), rows, scale, y);
    tape.release(rows);
    return tape.record(
        y,
        trained == null ? List.of(table) : List.of(table, trained.rows()),
        List.of(),
        List.of(),
        gradients -> {
          int[] kept = IntStream.range(0, ids.length).filter(t -> ids[t] != paddingId).toArray();
          if (gradients.wants(table)) {
            add(gradients, table, kept, t -> ids[t], scale);
          }
          if (trained != null && gradients.wants(trained.rows())) {
            int[] places = IntStream.of(kept).filter(t -> trained.indexOf(ids[t]) >= 0).toArray();
            add(gradients, trained.rows(), places, t -> trained.indexOf(ids[t]), scale);
          }
        });
  }

  /** dTable[row(t)] += scale · dy[t] for the places t that are kept. */
  private static void add(
      Gradients gradients, Variable table, int[] kept, IntUnaryOperator row, float scale) {
    Tensor dTable = gradients.addingInto(table);
    Tensor dy = gradients.output();
    Tensor rows = gradients.upload(IntStream.of(kept).map(row).toArray());
    if (kept.length == dy.rows()) {
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
