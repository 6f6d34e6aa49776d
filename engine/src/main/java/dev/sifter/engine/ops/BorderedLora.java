package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/**
 * {@link LoraLinear} where W lies in a {@link BorderedMatrix} and x has a border: base and adapter
 * are one product in each direction, summed in fp32 and rounded once. Neither y nor dx is read and
 * written again for the adapter.
 *
 * <p>Where elements are dropped, z comes of the input with its gaps, and only the forward pass is
 * one product: the mask applies to dz·A alone.
 */
final class BorderedLora {
  /** Rows as far apart as whole lines of the cache, if they are as wide as such. */
  private static final int ALIGNMENT = 64;

  private BorderedLora() {}

  /** The border that ranks which take so many columns ask for. */
  static int border(int columns) {
    return Math.ceilDiv(columns, ALIGNMENT) * ALIGNMENT;
  }

  /**
   * Takes columns for z in x's border.
   *
   * @return the first, or −1 if x or the weight has no room for this adapter
   */
  static int takeBorder(Tape tape, Variable x, LinearWeight weight, LoraAdapter adapter) {
    if (weight instanceof QuantizedWeight && !tape.isTraining()) {
      return -1; // decoding multiplies by the codes themselves
    }
    int columns = BorderedMatrix.room(adapter.rank());
    LinearWeight.Room room = weight.room();
    return columns <= room.below() ? x.takeBorder(columns, room.right()) : -1;
  }

  /** y = [x z]·[W s·B]ᵀ + b with z = drop(x)·Aᵀ. */
  static Variable apply(
      Tape tape,
      Variable x,
      LinearWeight weight,
      Variable bias,
      LoraAdapter adapter,
      int firstColumn) {
    Tensor input = x.value();
    Shapes.requireWidth("linear with weight", weight, input, weight.inputs());
    Shapes.requireWidth("LoRA A", adapter.a().value(), weight.inputs());
    LinearKernels kernels = tape.backend().linear();
    int rank = adapter.rank();
    int columns = BorderedMatrix.room(rank);
    long from = (long) input.width() + firstColumn;
    Tensor z = input.columns(from, from + columns);
    RandomStream mask = LowRank.mask(tape, adapter);
    Tensor y = tape.allocate(input.dtype(), Shape.of(input.rows(), weight.outputs()));
    try (LinearWeight.Bordered w = weight.openBordered(tape)) {
      w.matrix().put(tape, adapter, firstColumn);
      Tensor dropped = input;
      if (mask != null) {
        dropped = tape.allocate(input.dtype(), input.shape());
        tape.backend().pointwise().dropout(input, adapter.dropout(), mask, false, dropped);
      }
      kernels.matmul(dropped, false, w.matrix().below(rank), true, 1, 0, z);
      if (mask != null) {
        tape.release(dropped);
      }
      Tensor both = input.columns(0, from + columns);
      kernels.matmul(both, false, w.matrix().upper(firstColumn, rank), true, 1, 0, y);
    }
    Linear.addBias(tape, bias, y);
    LowRank lowRank = new LowRank(adapter, mask, z.columns(0, rank));
    lowRank.addBias(tape, y);
    Variable output =
        tape.record(
            y,
            Linear.inputs(x, weight, bias, adapter.a(), adapter.b(), adapter.bias()),
            List.of(x),
            List.of(),
            gradients -> {
              Linear.biasBackward(gradients, bias);
              backward(gradients, x, weight, adapter, lowRank, firstColumn);
            });
    output.gradientBorder(border(columns));
    return output;
  }

  /** dz = dy·(s·B), dx = [dy dz]·[[W], [A]]. */
  private static void backward(
      Gradients gradients,
      Variable x,
      LinearWeight weight,
      LoraAdapter adapter,
      LowRank lowRank,
      int firstColumn) {
    LinearKernels kernels = gradients.backend().linear();
    Tensor dy = adapter.bias() == null ? gradients.borderedOutput() : gradients.output();
    int rank = adapter.rank();
    int columns = BorderedMatrix.room(rank);
    boolean wide = dy.border() >= columns;
    Tensor dz =
        wide
            ? dy.columns(dy.width(), (long) dy.width() + columns)
            : gradients.temporary(dy.dtype(), Shape.of(dy.rows(), columns));
    try (LinearWeight.Bordered w = weight.openBordered(gradients)) {
      BorderedMatrix matrix = w.matrix();
      matrix.putAgain(gradients, adapter, firstColumn);
      kernels.matmul(dy, false, matrix.right(firstColumn, rank), false, 1, 0, dz);
      if (gradients.wants(x) && wide && lowRank.mask() == null) {
        Gradients.Slot dx = gradients.into(x);
        Tensor both = dy.columns(0, (long) dy.width() + columns);
        kernels.matmul(both, false, matrix.left(rank), false, 1, dx.beta(), dx.tensor());
      } else if (gradients.wants(x)) {
        Gradients.Slot dx = gradients.into(x);
        kernels.matmul(dy, false, matrix.matrix(), false, 1, dx.beta(), dx.tensor());
        if (lowRank.mask() == null) {
          Gradients.Slot more = gradients.into(x);
          Tensor a = matrix.below(rank);
          kernels.matmul(dz, false, a, false, 1, more.beta(), more.tensor());
        }
      }
    }
    lowRank.factorsBackward(gradients, dy, x, dz.columns(0, rank));
    if (!wide) {
      gradients.release(dz);
    }
  }
}
