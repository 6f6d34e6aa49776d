package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** The linear layer: y = x·Wᵀ + b, with W stored [out, in] or [in, out] as in checkpoints. */
public final class Linear {
  private Linear() {}

  /** {@link #apply(Tape, Variable, Variable, WeightLayout, Variable)} with W [out, in]. */
  public static Variable apply(Tape tape, Variable x, Variable weight, Variable bias) {
    return apply(tape, x, weight, WeightLayout.OUT_IN, bias);
  }

  /**
   * y = x·Wᵀ + b.
   *
   * @param x [T, in]
   * @param weight [out, in], or [in, out] as the layout says; may be of a narrower type than x
   * @param bias [out], or null
   * @return y [T, out], of x's type
   */
  public static Variable apply(
      Tape tape, Variable x, Variable weight, WeightLayout layout, Variable bias) {
    Tensor y = forward(tape, x, weight, layout, bias);
    List<Variable> inputs = bias == null ? List.of(x, weight) : List.of(x, weight, bias);
    // x is needed for dW only.
    List<Variable> saved = weight.requiresGradient() ? List.of(x) : List.of();
    return tape.record(
        y, inputs, saved, List.of(), gradients -> backward(gradients, x, weight, layout, bias));
  }

  static Tensor forward(
      Tape tape, Variable x, Variable weight, WeightLayout layout, Variable bias) {
    Tensor w = weight.value();
    Shapes.requireWidth("linear with weight " + w.shape(), x.value(), layout.inputs(w));
    Tensor y = tape.allocate(x.value().dtype(), Shape.of(x.value().rows(), layout.outputs(w)));
    LinearKernels kernels = tape.backend().linear();
    kernels.matmul(x.value(), false, w, layout == WeightLayout.OUT_IN, 1, 0, y);
    if (bias != null) {
      Shapes.requireWidth("bias of a linear layer", bias.value(), y.width());
      kernels.addBias(y, bias.value());
    }
    return y;
  }

  /** dx = dy·W, dW = dyᵀ·x (or its transpose xᵀ·dy), db = Σ_t dy. */
  static void backward(
      Gradients gradients, Variable x, Variable weight, WeightLayout layout, Variable bias) {
    LinearKernels kernels = gradients.backend().linear();
    Tensor dy = gradients.output();
    boolean outputsFirst = layout == WeightLayout.OUT_IN;
    if (gradients.wants(x)) {
      Gradients.Slot dx = gradients.into(x);
      kernels.matmul(dy, false, weight.value(), !outputsFirst, 1, dx.beta(), dx.tensor());
    }
    if (gradients.wants(weight)) {
      Gradients.Slot dWeight = gradients.into(weight);
      Tensor left = outputsFirst ? dy : x.value();
      Tensor right = outputsFirst ? x.value() : dy;
      kernels.matmul(left, true, right, false, 1, dWeight.beta(), dWeight.tensor());
    }
    if (bias != null && gradients.wants(bias)) {
      Gradients.Slot dBias = gradients.into(bias);
      kernels.biasBackward(dy, dBias.accumulate(), dBias.tensor());
    }
  }
}
