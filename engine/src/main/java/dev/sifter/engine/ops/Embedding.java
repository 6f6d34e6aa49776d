package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Rows of a table: token embeddings, learned positions. */
public final class Embedding {
  private Embedding() {}

  /**
   * y[t] = scale · table[rows[t]].
   *
   * @param table [V, H]
   * @param rows I32 [T]; must live until the backward pass is over
   * @param scale usually 1; √H for Gemma
   * @param dtype type of y: the activations' type, where the table is of a narrower one
   */
  public static Variable apply(Tape tape, Variable table, Tensor rows, float scale, DType dtype) {
    long width = table.shape().width();
    Tensor y = tape.allocate(dtype, Shape.of(rows.elements(), width));
    tape.backend().rows().gather(table.value(), rows, scale, y);
    // dTable[rows[t]] += scale · dy[t]
    return tape.record(
        y,
        List.of(table),
        List.of(),
        List.of(),
        gradients ->
            gradients
                .backend()
                .rows()
                .scatterAdd(gradients.output(), rows, scale, gradients.addingInto(table)));
  }
}
