package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.BorderKernels;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** A linear layer with a low-rank adapter: y = x·Wᵀ + b + s · (drop(x)·Aᵀ)·Bᵀ. */
public final class LoraLinear {
  private LoraLinear() {}

  /** Columns that an adapter asks for in the border of its layer's input; 0 without room for it. */
  public static int borderColumns(LinearWeight weight, LoraAdapter adapter) {
    boolean bordered = adapter.dora() == null && weight.room().below() > 0;
    return bordered ? BorderedMatrix.room(adapter.rank()) : 0;
  }

  /** The border that so many columns ask for: rows keep beginning at lines of a cache. */
  public static int border(int columns) {
    return BorderedLora.border(columns);
  }

  /** A layer's matrix and its adapter. */
  public record Layer(LinearWeight weight, LoraAdapter adapter) {}

  /**
   * Begins a pass: puts the factors of adapters into the borders of these matrices, all at once,
   * where they lay in an earlier pass. Others' get there with their layer's product.
   */
  public static void begin(Tape tape, List<Layer> layers) {
    List<BorderKernels.Paste> pastes = new ArrayList<>();
    for (Layer layer : layers) {
      if (layer.weight instanceof DenseWeight dense && dense.bordered() != null) {
        pastes.addAll(dense.bordered().putEarly(tape, layer.adapter));
      }
    }
    if (!pastes.isEmpty()) {
      tape.backend().borders().orElseThrow().paste(pastes);
    }
  }

  /**
   * y = x·Wᵀ + b + s · (drop(x)·Aᵀ)·Bᵀ; with a magnitude as {@link DoraLinear}.
   *
   * @param x [T, in]
   * @param bias [out], or null
   */
  public static Variable apply(
      Tape tape, Variable x, LinearWeight weight, Variable bias, LoraAdapter adapter) {
    if (adapter.dora() != null) {
      return DoraLinear.apply(tape, x, weight, bias, adapter);
    }
    int firstColumn = BorderedLora.takeBorder(tape, x, weight, adapter);
    if (firstColumn >= 0) {
      return BorderedLora.apply(tape, x, weight, bias, adapter, firstColumn);
    }
    RandomStream mask = LowRank.mask(tape, adapter);
    Tensor y = mask == null ? Linear.output(tape, x, weight) : Linear.product(tape, x, weight);
    LowRank lowRank =
        mask == null
            ? LowRank.with(tape, x.value(), weight, adapter, y)
            : dropped(tape, x.value(), adapter, mask);
    Linear.addBias(tape, bias, y);
    if (mask != null) {
      lowRank.addTo(tape, y);
    }
    return tape.record(
        y,
        Linear.inputs(x, weight, bias, adapter.a(), adapter.b(), adapter.bias()),
        List.of(x),
        List.of(lowRank.z()),
        gradients -> {
          lowRank.backwardWith(gradients, gradients.output(), x, weight);
          Linear.biasBackward(gradients, bias);
        });
  }

  private static LowRank dropped(Tape tape, Tensor x, LoraAdapter adapter, RandomStream mask) {
    Tensor dropped = tape.allocate(x.dtype(), x.shape());
    tape.backend().pointwise().dropout(x, adapter.dropout(), mask, false, dropped);
    LowRank lowRank = LowRank.of(tape, dropped, adapter, mask);
    tape.release(dropped);
    return lowRank;
  }
}
