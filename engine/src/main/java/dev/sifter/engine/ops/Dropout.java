package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Dropout (Srivastava et al. 2014); the mask is drawn again in the backward pass, never stored. */
public final class Dropout {
  private Dropout() {}

  /**
   * Drops each element with this probability and scales the others by 1/(1 − p); outside training,
   * or with a probability of 0, x itself.
   */
  public static Variable apply(Tape tape, Variable x, float probability) {
    if (probability == 0 || !tape.isTraining()) {
      return x;
    }
    RandomStream mask = tape.nextRandomStream();
    PointwiseKernels kernels = tape.backend().pointwise();
    Tensor y = tape.allocate(x.value().dtype(), x.shape());
    kernels.dropout(x.value(), probability, mask, false, y);
    // dx = mask·dy/(1 − p)
    return tape.record(
        y,
        List.of(x),
        List.of(),
        List.of(),
        gradients -> {
          Gradients.Slot dx = gradients.into(x);
          kernels.dropout(gradients.output(), probability, mask, dx.accumulate(), dx.tensor());
        });
  }
}
