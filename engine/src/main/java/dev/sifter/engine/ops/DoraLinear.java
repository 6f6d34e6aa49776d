package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/**
 * A linear layer whose rows have a trained length and a low-rank direction (DoRA, Liu et al. 2024).
 * With V = W + s·B·A and g = m/‖V‖ by row: y = g · (x·Vᵀ) + b.
 *
 * <p>As in PEFT, where elements of x are dropped, y = x·Wᵀ + b + (g − 1)·(drop(x)·Wᵀ) +
 * g·s·(drop(x)·Aᵀ)·Bᵀ.
 *
 * <p>V is never formed, nor are its {@linkplain RowNorms lengths} taken from it.
 */
final class DoraLinear {
  private DoraLinear() {}

  static Variable apply(
      Tape tape, Variable x, LinearWeight weight, Variable bias, LoraAdapter adapter) {
    RandomStream mask = LowRank.mask(tape, adapter);
    Tensor dropped = x.value();
    if (mask != null) {
      dropped = tape.allocate(dropped.dtype(), dropped.shape());
      tape.backend().pointwise().dropout(x.value(), adapter.dropout(), mask, false, dropped);
    }
    Tensor inverseNorms =
        TrainedLengths.inverseNorms(tape, weight, adapter.change(), adapter.dora(), dropped);
    Tensor u = tape.allocate(dropped.dtype(), Shape.of(dropped.rows(), weight.outputs()));
    Tensor y = tape.allocate(u.dtype(), u.shape());
    LowRank lowRank = LowRank.of(tape, dropped, adapter, mask);
    try (LinearWeight.Factor w = weight.open(tape)) {
      w.times(tape, dropped, 1, 0, u);
      if (mask != null) {
        // What W does to the dropped elements is taken out again, unscaled.
        w.times(tape, x.value(), 1, 0, y);
        w.times(tape, dropped, -1, 1, y);
      }
    }
    lowRank.addTo(tape, u);
    TrainedLengths.scale(tape, u, adapter.magnitude(), inverseNorms, mask != null, y);
    Linear.addBias(tape, bias, y);
    if (mask != null) {
      tape.release(dropped);
    }
    return tape.record(
        y,
        Linear.inputs(x, weight, bias, adapter.a(), adapter.b(), adapter.magnitude()),
        List.of(x),
        List.of(lowRank.z(), u, inverseNorms),
        gradients -> {
          Linear.biasBackward(gradients, bias);
          backward(gradients, x, weight, adapter, lowRank, u, inverseNorms);
        });
  }

  /** With v = g·dy: dm = Σ_t dy·u/‖V‖; v flows on as the gradient of u = drop(x)·Vᵀ. */
  private static void backward(
      Gradients gradients,
      Variable x,
      LinearWeight weight,
      LoraAdapter adapter,
      LowRank lowRank,
      Tensor u,
      Tensor inverseNorms) {
    Tensor dy = gradients.output();
    TrainedLengths.magnitudeBackward(gradients, adapter.magnitude(), dy, u, inverseNorms);
    Tensor v = gradients.temporary(u.dtype(), u.shape());
    TrainedLengths.scale(gradients, dy, adapter.magnitude(), inverseNorms, false, v);
    if (lowRank.mask() == null) {
      Linear.backward(gradients, v, x, weight);
    } else if (gradients.wants(x)) {
      backwardThroughDropout(gradients, x, weight, adapter, lowRank.mask(), v);
    }
    lowRank.backward(gradients, v, x);
    gradients.release(v);
  }

  /** dx += dy·W + drop((v − dy)·W). */
  private static void backwardThroughDropout(
      Gradients gradients,
      Variable x,
      LinearWeight weight,
      LoraAdapter adapter,
      RandomStream mask,
      Tensor v) {
    PointwiseKernels pointwise = gradients.backend().pointwise();
    Tensor dy = gradients.output();
    Tensor wide = gradients.temporary(x.value().dtype(), x.shape());
    Gradients.Slot dx = gradients.into(x);
    try (LinearWeight.Factor w = weight.open(gradients)) {
      w.transposedTimes(gradients, dy, dx.beta(), dx.tensor());
      w.transposedTimes(gradients, dy, 0, wide);
      pointwise.scale(wide, -1, wide);
      w.transposedTimes(gradients, v, 1, wide);
    }
    pointwise.dropout(wide, adapter.dropout(), mask, true, dx.tensor());
    gradients.release(wide);
  }
}
