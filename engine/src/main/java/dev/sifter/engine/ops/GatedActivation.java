package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Gated linear units (Shazeer 2020): y = f(gate) · up; SwiGLU with SiLU, GeGLU with GELU. */
public final class GatedActivation {
  private GatedActivation() {}

  /** y = f(gate) · up, of the same shape. */
  public static Variable apply(Tape tape, ActivationKind kind, Variable gate, Variable up) {
    return apply(tape, kind, gate, up, 0);
  }

  /**
   * y = f(gate) · up, of the same shape.
   *
   * @param border columns on the right of y that its readers ask for
   */
  public static Variable apply(
      Tape tape, ActivationKind kind, Variable gate, Variable up, int border) {
    Shapes.requireSame("gated activation", gate.value(), up.value());
    PointwiseKernels kernels = tape.backend().pointwise();
    Tensor y = tape.allocate(gate.value().dtype(), gate.shape(), border);
    kernels.gated(kind, gate.value(), up.value(), y);
    // dGate = dy·up·f′(gate), dUp = dy·f(gate)
    return tape.record(
        y,
        List.of(gate, up),
        List.of(gate, up),
        List.of(),
        gradients -> {
          // The kernel writes both with rows equally far apart.
          boolean bordered = gate.gradientBorder() == up.gradientBorder();
          Tensor dGate = bordered ? gradients.freshBordered(gate) : gradients.fresh(gate);
          Tensor dUp = bordered ? gradients.freshBordered(up) : gradients.fresh(up);
          kernels.gatedBackward(kind, gradients.output(), gate.value(), up.value(), dGate, dUp);
          gradients.give(gate, dGate);
          gradients.give(up, dUp);
        });
  }
}
