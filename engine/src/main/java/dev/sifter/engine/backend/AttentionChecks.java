package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/** Checks of the shapes that {@link AttentionKernels} take, made before anything is written. */
public final class AttentionChecks {
  private AttentionChecks() {}

  /** Whole heads of which twice {@code pairs} elements are rotated, and a position for each row. */
  public static void rope(Tensor x, int headDim, int pairs, Tensor positions) {
    int width = x.width();
    if (headDim <= 0 || width % headDim != 0 || 2 * pairs > headDim) {
      throw new IllegalArgumentException(
          "rows of %d do not hold heads of %d with %d rotated pairs"
              .formatted(width, headDim, pairs));
    }
    Checks.i32("positions", positions, x.rows());
  }

  /** Queries, keys and values of some documents. */
  public static void inputs(AttentionSpec spec, Segments segments, Tensor q, Tensor k, Tensor v) {
    Checks.matrix("q", q, segments.queryRows(), spec.queryWidth());
    Checks.matrix("k", k, k.shape().rows(), spec.kvWidth());
    Checks.matrix("v", v, k.shape().rows(), spec.kvWidth());
    if (k.shape().rows() < segments.keyRows()) {
      throw new IllegalArgumentException(
          "k is %s, but the documents reach to key row %d".formatted(k, segments.keyRows()));
    }
  }

  /** A number for each query and head. */
  public static void logSumExp(AttentionSpec spec, Segments segments, Tensor logSumExp) {
    Checks.f32("logSumExp", logSumExp);
    Checks.matrix("logSumExp", logSumExp, segments.queryRows(), spec.heads());
  }

  /** Documents whose keys are their queries: others have no gradient. */
  public static void gradient(AttentionSpec spec, Segments segments, Tensor k) {
    segments.requireOwnKeys("attention");
    Checks.matrix("k", k, segments.queryRows(), spec.kvWidth());
  }
}
