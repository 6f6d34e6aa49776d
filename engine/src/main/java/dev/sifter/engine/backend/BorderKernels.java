package dev.sifter.engine.backend;

import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/**
 * What a backend adds whose kernels take matrices with a border on the right of their rows. On such
 * a backend these take and give bordered tensors, wherever the tensor is a matrix of whole rows:
 *
 * <ul>
 *   <li>{@link LinearKernels#matmul}: A, B and C;
 *   <li>{@link NormKernels#rmsNorm}, {@link NormKernels#layerNorm}: y; {@link
 *       NormKernels#rmsNormBackward}: dx;
 *   <li>{@link PointwiseKernels#gated}: y; {@link PointwiseKernels#gatedBackward}: dGate and dUp,
 *       if equally far apart; {@link PointwiseKernels#dropout}: x; {@link PointwiseKernels#cast}
 *       and {@link PointwiseKernels#dequantize}: both;
 *   <li>{@link AttentionKernels}: rows of heads.
 * </ul>
 *
 * <p>What a kernel does not take is refused.
 */
public interface BorderKernels {

  /**
   * out = factor · x from some column on, in its first rows; 0 elsewhere.
   *
   * @param x at most as large as {@code out}
   * @param firstColumn the column of {@code out} that x's first comes to
   */
  record Paste(Tensor x, float factor, int firstColumn, Tensor out) {}

  /** Does all of these, whose outputs do not overlap. */
  void paste(List<Paste> pastes);

  /**
   * A matrix on the host as {@link Backend#adopt} would have it, but with room around it.
   *
   * @param border columns on its right
   * @param below rows under it
   * @return the matrix with what is under it, and a border on the right
   */
  Tensor adopt(Tensor hostTensor, int border, int below, TensorArena arena);
}
