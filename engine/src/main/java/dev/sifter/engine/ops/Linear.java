package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The linear layer: y = x·Wᵀ + b. */
public final class Linear {
  private Linear() {}

  /**
   * {@link #apply(Tape, Variable, LinearWeight, Variable)} with W [out, in] as checkpoints have it.
   */
  public static Variable apply(Tape tape, Variable x, Variable weight, Variable bias) {
    return apply(tape, x, DenseWeight.of(weight), bias);
  }

  /**
   * y = x·Wᵀ + b.
   *
   * @param x [T, in]
   * @param bias [out], or null
   * @return y [T, out], of x's type
   */
  public static Variable apply(Tape tape, Variable x, LinearWeight weight, Variable bias) {
    Tensor y = product(tape, x, weight);
    addBias(tape, bias, y);
    return tape.record(
        y,
        inputs(x, weight, bias),
        trains(weight) ? List.of(x) : List.of(),
        List.of(),
        gradients -> {
          biasBackward(gradients, bias);
          backward(gradients, gradients.borderedOutput(), x, weight);
        });
  }

  /** All that a gradient may flow to, of what there is. */
  static List<Variable> inputs(Variable x, LinearWeight weight, Variable... others) {
    List<Variable> inputs = new ArrayList<>(2 + others.length);
    inputs.add(x);
    if (weight.trained() != null) {
      inputs.add(weight.trained());
    }
    for (Variable other : others) {
      if (other != null) {
        inputs.add(other);
      }
    }
    return inputs;
  }

  /** Whether W gets a gradient, for which x must be kept. */
  private static boolean trains(LinearWeight weight) {
    return weight.trained() != null && weight.trained().requiresGradient();
  }

  /** x·Wᵀ. */
  static Tensor product(Tape tape, Variable x, LinearWeight weight) {
    Tensor y = output(tape, x, weight);
    weight.times(tape, x.value(), y);
    return y;
  }

  /** Where x·Wᵀ goes. */
  static Tensor output(Tape tape, Variable x, LinearWeight weight) {
    Shapes.requireWidth("linear with weight", weight, x.value(), weight.inputs());
    return tape.allocate(x.value().dtype(), Shape.of(x.value().rows(), weight.outputs()));
  }

  static void addBias(Tape tape, Variable bias, Tensor y) {
    if (bias != null) {
      Shapes.requireWidth("bias of a linear layer", bias.value(), y.width());
      tape.backend().linear().addBias(y, bias.value());
    }
  }

  /** dx = dy·W, dW = dyᵀ·x, or its transpose xᵀ·dy. */
  static void backward(Gradients gradients, Tensor dy, Variable x, LinearWeight weight) {
    if (gradients.wants(x)) {
      Gradients.Slot dx = gradients.into(x);
      try (LinearWeight.Factor w = weight.open(gradients)) {
        w.transposedTimes(gradients, dy, dx.beta(), dx.tensor());
      }
    }
    weightBackward(gradients, dy, x, weight);
  }

  /** dW = dyᵀ·x, or its transpose xᵀ·dy, if it is wanted. */
  static void weightBackward(Gradients gradients, Tensor dy, Variable x, LinearWeight weight) {
    LinearKernels kernels = gradients.backend().linear();
    if (trains(weight)) {
      Gradients.Slot dWeight = gradients.into(weight.trained());
      boolean outputsFirst = weight instanceof DenseWeight dense && dense.outputsFirst();
      Tensor left = outputsFirst ? dy : x.value();
      Tensor right = outputsFirst ? x.value() : dy;
      kernels.matmul(left, true, right, false, 1, dWeight.beta(), dWeight.tensor());
    }
  }

  /** db = Σ_t dy. */
  static void biasBackward(Gradients gradients, Variable bias) {
    if (bias != null && gradients.wants(bias)) {
      Gradients.Slot dBias = gradients.into(bias);
      gradients
          .backend()
          .linear()
          .biasBackward(gradients.output(), dBias.accumulate(), dBias.tensor());
    }
  }
}
