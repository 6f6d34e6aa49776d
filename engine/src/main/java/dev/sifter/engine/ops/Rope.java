package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Rotary position embedding (Su et al. 2021). */
public final class Rope {
  private Rope() {}

  /**
   * The angles of a model, and what they rotate.
   *
   * @param cos [positions, rotaryDim / 2]
   * @param sin the same shape
   * @param interleaved whether the pairs of a head are neighbours, not elements of two halves
   */
  public record Table(Tensor cos, Tensor sin, boolean interleaved) {}

  /**
   * Rotates every head of every row by its position's angles.
   *
   * @param x [T, n · headDim]
   * @param positions I32 [T]; must live until the backward pass is over
   */
  public static Variable apply(Tape tape, Variable x, int headDim, Table table, Tensor positions) {
    Shapes.require(
        positions.elements() == x.value().rows() && x.value().width() % headDim == 0,
        "RoPE",
        "one position per row and whole heads of " + headDim + " are needed",
        x.value(),
        positions);
    Tensor y = tape.allocate(x.value().dtype(), x.shape());
    AttentionKernels kernels = tape.backend().attention();
    kernels.rope(
        x.value(), headDim, table.interleaved, table.cos, table.sin, positions, false, false, y);
    // A rotation's transpose is its inverse: dx = R(−θ)·dy.
    return tape.record(
        y,
        List.of(x),
        List.of(),
        List.of(),
        gradients -> {
          Gradients.Slot dx = gradients.intoBordered(x);
          kernels.rope(
              gradients.output(),
              headDim,
              table.interleaved,
              table.cos,
              table.sin,
              positions,
              true,
              dx.accumulate(),
              dx.tensor());
        });
  }
}
