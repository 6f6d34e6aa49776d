package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** The residual connection: out = a + b. */
public final class Add {
  private Add() {}

  /** out = a + b, of the same shape. */
  public static Variable apply(Tape tape, Variable a, Variable b) {
    Shapes.requireSame("residual", a.value(), b.value());
    Tensor out = tape.allocate(a.value().dtype(), a.shape());
    tape.backend().pointwise().add(a.value(), b.value(), out);
    // da = db = dOut
    Variable sum =
        tape.record(
            out,
            List.of(a, b),
            List.of(),
            List.of(),
            gradients -> {
              gradients.passOutput(a);
              gradients.passOutput(b);
            });
    sum.gradientBorder(Math.max(a.gradientBorder(), b.gradientBorder()));
    return sum;
  }
}
