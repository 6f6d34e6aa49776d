package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/** Checks of the shapes that {@link ConvolutionKernels} take, made before anything is written. */
public final class ConvolutionChecks {
  private ConvolutionChecks() {}

  /** A filter for each column, a row of x for each key and one of y for each query. */
  public static void forward(Segments segments, Tensor x, Tensor filter, Tensor y) {
    Checks.matrix("filter", filter, x.shape().width(), filter.shape().width());
    Checks.matrix("y", y, segments.queryRows(), x.shape().width());
    if (x.shape().rows() < segments.keyRows()) {
      throw new IllegalArgumentException(
          "x is %s, but the documents reach to row %d".formatted(x, segments.keyRows()));
    }
  }

  /** The same, of documents whose keys are their queries, and gradients of the same shapes. */
  public static void backward(
      Segments segments, Tensor dy, Tensor x, Tensor filter, Tensor dx, Tensor dFilter) {
    segments.requireOwnKeys("a convolution");
    forward(segments, x, filter, dy);
    Checks.matrix("x", x, segments.queryRows(), x.shape().width());
    Checks.matrix("dx", dx, segments.queryRows(), x.shape().width());
    if (dFilter != null) {
      Checks.matrix("dFilter", dFilter, filter.shape().rows(), filter.shape().width());
    }
  }
}
