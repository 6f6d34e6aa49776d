package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Layer normalisation (Ba, Kiros &amp; Hinton 2016) of rows as wide as the weight. */
public final class LayerNorm {
  private LayerNorm() {}

  /**
   * y = (x − mean(x))/√(var(x) + ε) · (w + offset) + b, over each group of {@code weight.width()}
   * elements: a whole row, or each head of it.
   *
   * @param x [T, n · H]
   * @param weight [H]
   * @param bias [H], or null
   * @param weightOffset 0, or 1 where checkpoints store w − 1
   */
  public static Variable apply(
      Tape tape, Variable x, Variable weight, Variable bias, float epsilon, float weightOffset) {
    return apply(tape, x, weight, bias, epsilon, weightOffset, 0);
  }

  /**
   * As {@link #apply(Tape, Variable, Variable, Variable, float, float)}, of whole rows.
   *
   * @param border columns on the right of y that its readers ask for
   */
  public static Variable apply(
      Tape tape,
      Variable x,
      Variable weight,
      Variable bias,
      float epsilon,
      float weightOffset,
      int border) {
    Tensor w = weight.value();
    Tensor groups = groups(x.value(), w);
    Tensor y = tape.allocate(x.value().dtype(), x.shape(), border);
    Tensor mean = tape.allocate(y.dtype().sums(), Shape.of(groups.rows()));
    Tensor rstd = tape.allocate(y.dtype().sums(), Shape.of(groups.rows()));
    Tensor biasValue = bias == null ? null : bias.value();
    tape.backend()
        .norm()
        .layerNorm(groups, w, biasValue, epsilon, weightOffset, groups(y, w), mean, rstd);
    return tape.record(
        y,
        bias == null ? List.of(x, weight) : List.of(x, weight, bias),
        List.of(x),
        List.of(mean, rstd),
        gradients -> backward(gradients, x, weight, bias, weightOffset, mean, rstd));
  }

  /**
   * With n = (x − μ)ρ, g = dy·(w + offset): dx = ρ(g − mean(g) − n·mean(g·n)), dw = Σ dy·n, db = Σ
   * dy.
   */
  private static void backward(
      Gradients gradients,
      Variable x,
      Variable weight,
      Variable bias,
      float weightOffset,
      Tensor mean,
      Tensor rstd) {
    Tensor w = weight.value();
    Tensor dWeight = gradients.addingInto(weight);
    Tensor dBias = gradients.addingInto(bias);
    Gradients.Slot dx = gradients.intoOrScratch(x);
    gradients
        .backend()
        .norm()
        .layerNormBackward(
            groups(gradients.output(), w),
            groups(x.value(), w),
            w,
            weightOffset,
            mean,
            rstd,
            dx.accumulate(),
            groups(dx.tensor(), w),
            dWeight,
            dBias);
    gradients.releaseScratch(x, dx);
  }

  private static Tensor groups(Tensor x, Tensor weight) {
    return Shapes.groups("LayerNorm", x, weight);
  }
}
