package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Multiplication by a number that is not trained: y = c·x. */
public final class Scale {
  private Scale() {}

  /** y = c·x. */
  public static Variable apply(Tape tape, Variable x, float factor) {
    PointwiseKernels kernels = tape.backend().pointwise();
    Tensor y = tape.allocate(x.value().dtype(), x.shape());
    kernels.scale(x.value(), factor, y);
    // dx = c·dy
    return tape.record(
        y,
        List.of(x),
        List.of(),
        List.of(),
        gradients -> {
          Tensor dx = gradients.fresh(x);
          kernels.scale(gradients.output(), factor, dx);
          gradients.give(x, dx);
        });
  }
}
