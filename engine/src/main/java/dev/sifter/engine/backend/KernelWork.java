package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/**
 * What each kernel must do at least. One description serves the plan of a run ({@code dryrun}), the
 * roofline column of the benchmarks and the documentation.
 *
 * <p>A multiply-add counts as two operations; exponentials, roots and divisions count as one.
 */
public final class KernelWork {
  private KernelWork() {}

  /** Tensors read or written once each. */
  public static double bytes(Tensor... tensors) {
    double bytes = 0;
    for (Tensor tensor : tensors) {
      bytes += tensor == null ? 0 : tensor.byteSize();
    }
    return bytes;
  }

  /** {@code flopsPerElement} operations for each element of the first tensor. */
  public static Work pointwise(double flopsPerElement, Tensor... tensors) {
    return new Work(flopsPerElement * tensors[0].elements(), bytes(tensors));
  }

  /** A matrix product with m·n outputs of k terms. */
  public static Work matmul(Tensor a, Tensor b, boolean transposeB, float beta, Tensor c) {
    double terms = (double) b.elements() / (transposeB ? b.rows() : b.width());
    return new Work(2 * terms * c.elements(), bytes(a, b, c) + (beta == 0 ? 0 : c.byteSize()));
  }

  /**
   * Attention: two products of headDim terms per scored pair and query head.
   *
   * @param tensors all that it reads and writes
   */
  public static Work attention(AttentionSpec spec, Segments segments, Tensor... tensors) {
    return new Work(scores(spec, segments) * (4.0 * spec.headDim() + 5), bytes(tensors));
  }

  /**
   * Its backward: five products per scored pair and query head.
   *
   * @param tensors all that it reads and writes
   */
  public static Work attentionBackward(AttentionSpec spec, Segments segments, Tensor... tensors) {
    return new Work(scores(spec, segments) * (10.0 * spec.headDim() + 8), bytes(tensors));
  }

  /** Scored pairs, of all query heads. */
  private static double scores(AttentionSpec spec, Segments segments) {
    return (double) segments.scoredPairs(spec.slidingWindow()) * spec.heads();
  }
}
