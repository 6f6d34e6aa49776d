package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** A pointwise non-linearity: y = f(x). */
public final class Activation {
  private Activation() {}

  /** y = f(x). */
  public static Variable apply(Tape tape, ActivationKind kind, Variable x) {
    PointwiseKernels kernels = tape.backend().pointwise();
    Tensor y = tape.allocate(x.value().dtype(), x.shape());
    kernels.activation(kind, x.value(), y);
    // dx = dy·f′(x)
    return tape.record(
        y,
        List.of(x),
        List.of(x),
        List.of(),
        gradients -> {
          Gradients.Slot dx = gradients.into(x);
          kernels.activationBackward(
              kind, gradients.output(), x.value(), dx.accumulate(), dx.tensor());
        });
  }
}
