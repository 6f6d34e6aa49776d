package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/**
 * The trained lengths of DoRA (Liu et al. 2024): y = g · u with g = m/‖V‖ by column, for u = x·Vᵀ
 * and V = W + s·B·A. As in PEFT, no gradient flows through ‖V‖.
 */
public final class TrainedLengths {
  private TrainedLengths() {}

  /**
   * y = g · u.
   *
   * @param u [T, out], what V makes of x
   * @param weight W
   * @param change s·B·A
   * @param dora m, and ‖W‖²
   */
  public static Variable apply(
      Tape tape, Variable u, LinearWeight weight, LowRankChange change, LoraAdapter.Dora dora) {
    Shapes.requireWidth("trained lengths of weight", weight, u.value(), weight.outputs());
    Tensor inverseNorms = inverseNorms(tape, weight, change, dora, u.value());
    Variable magnitude = dora.magnitude();
    Tensor y = tape.allocate(u.value().dtype(), u.shape());
    scale(tape, u.value(), magnitude, inverseNorms, false, y);
    return tape.record(
        y,
        List.of(u, magnitude),
        List.of(u),
        List.of(inverseNorms),
        gradients -> {
          Tensor dy = gradients.output();
          magnitudeBackward(gradients, magnitude, dy, u.value(), inverseNorms);
          if (gradients.wants(u)) {
            Tensor du = gradients.fresh(u);
            scale(gradients, dy, magnitude, inverseNorms, false, du);
            gradients.give(u, du);
          }
        });
  }

  /** 1/‖V‖ [out], on the tape, of the type of sums over x. */
  public static Tensor inverseNorms(
      Tape tape, LinearWeight weight, LowRankChange change, LoraAdapter.Dora dora, Tensor x) {
    Tensor inverse = tape.allocate(x.dtype().sums(), Shape.of(weight.outputs()));
    RowNorms.invert(tape, weight, change, dora.squaredNorms(), inverse);
    return inverse;
  }

  /** y (+)= g · u; y may be u unless it is added to. */
  static void scale(
      Workspace workspace,
      Tensor u,
      Variable magnitude,
      Tensor inverseNorms,
      boolean accumulate,
      Tensor y) {
    LinearKernels kernels = workspace.backend().linear();
    Tensor m = magnitude.value();
    Tensor factors = workspace.temporary(m.dtype(), m.shape());
    kernels.scaleColumns(row(m), inverseNorms, false, row(factors));
    kernels.scaleColumns(u, factors, accumulate, y);
    workspace.release(factors);
  }

  /** dm = Σ_t dy·u/‖V‖. */
  static void magnitudeBackward(
      Gradients gradients, Variable magnitude, Tensor dy, Tensor u, Tensor inverseNorms) {
    if (gradients.wants(magnitude)) {
      Tensor dm = gradients.fresh(magnitude);
      LinearKernels kernels = gradients.backend().linear();
      kernels.columnDots(dy, u, false, dm);
      kernels.scaleColumns(row(dm), inverseNorms, false, row(dm));
      gradients.give(magnitude, dm);
    }
  }

  static Tensor row(Tensor vector) {
    return vector.reshape(1, vector.elements());
  }
}
