package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Root-mean-square normalisation (Zhang &amp; Sennrich 2019) of rows as wide as the weight. */
public final class RmsNorm {
  private RmsNorm() {}

  /**
   * y = x/√(mean(x²) + ε) · (w + offset), over each group of {@code weight.width()} elements: a
   * whole row, or each head of it.
   *
   * @param x [T, n · H]
   * @param weight [H]
   * @param weightOffset 0, or 1 where checkpoints store w − 1
   */
  public static Variable apply(
      Tape tape, Variable x, Variable weight, float epsilon, float weightOffset) {
    return apply(tape, x, weight, epsilon, weightOffset, 0);
  }

  /**
   * As {@link #apply(Tape, Variable, Variable, float, float)}, of whole rows.
   *
   * @param border columns on the right of y that its readers ask for
   */
  public static Variable apply(
      Tape tape, Variable x, Variable weight, float epsilon, float weightOffset, int border) {
    Tensor groups = groups(x.value(), weight.value());
    Tensor y = tape.allocate(x.value().dtype(), x.shape(), border);
    Tensor rstd = tape.allocate(y.dtype().sums(), Shape.of(groups.rows()));
    tape.backend()
        .norm()
        .rmsNorm(groups, weight.value(), epsilon, weightOffset, groups(y, weight.value()), rstd);
    return tape.record(
        y,
        List.of(x, weight),
        List.of(x),
        List.of(rstd),
        gradients -> backward(gradients, x, weight, weightOffset, rstd));
  }

  /** With g = dy·(w + offset): dx = ρ(g − x·ρ²·mean(g·x)), dw = Σ_t dy·x·ρ. */
  private static void backward(
      Gradients gradients, Variable x, Variable weight, float weightOffset, Tensor rstd) {
    Tensor w = weight.value();
    Tensor dWeight = gradients.addingInto(weight);
    boolean wholeRows = w.elements() == x.shape().width();
    Gradients.Slot dx = wholeRows ? gradients.intoBorderedOrScratch(x) : gradients.intoOrScratch(x);
    gradients
        .backend()
        .norm()
        .rmsNormBackward(
            groups(gradients.output(), w),
            groups(x.value(), w),
            w,
            weightOffset,
            rstd,
            dx.accumulate(),
            groups(dx.tensor(), w),
            dWeight);
    gradients.releaseScratch(x, dx);
  }

  private static Tensor groups(Tensor x, Tensor weight) {
    return Shapes.groups("RMSNorm", x, weight);
  }
}
