package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/**
 * A short filter along the tokens of a document, one for each column (a depthwise convolution): y
 * of a token is a weighted sum of x of this token and the L − 1 before it.
 */
public final class CausalConvolution {
  private CausalConvolution() {}

  /**
   * y[t, c] = Σ_b filter[c, L − 1 − b] · x[t − b, c] over those of the L last tokens that are of
   * t's document.
   *
   * @param x [keyRows or more, H]
   * @param filter [H, L], or [H, 1, L] as checkpoints have it
   * @return [queryRows, H]
   */
  public static Variable apply(Tape tape, Segments segments, Variable x, Variable filter) {
    Tensor y = tape.allocate(x.value().dtype(), Shape.of(segments.queryRows(), x.value().width()));
    tape.backend().convolution().causalConvolution(segments, x.value(), filter.value(), y);
    return tape.record(
        y,
        List.of(x, filter),
        List.of(x),
        List.of(),
        gradients -> backward(gradients, segments, x, filter));
  }

  /** dx[t] = Σ_b filter[L − 1 − b] · dy[t + b], dFilter[L − 1 − b] = Σ_t dy[t + b] · x[t]. */
  private static void backward(
      Gradients gradients, Segments segments, Variable x, Variable filter) {
    Tensor dFilter = gradients.addingInto(filter);
    Gradients.Slot dx = gradients.intoOrScratch(x);
    gradients
        .backend()
        .convolution()
        .causalConvolutionBackward(
            segments,
            gradients.output(),
            x.value(),
            filter.value(),
            dx.accumulate(),
            dx.tensor(),
            dFilter);
    gradients.releaseScratch(x, dx);
  }
}
