package dev.sifter.engine.backend.gpu;

import dev.sifter.kernels.library.AttentionOptions;
import dev.sifter.kernels.library.AttentionShape;
import dev.sifter.kernels.library.AttentionTensor;
import dev.sifter.kernels.library.FlashAttention;
import dev.sifter.kernels.library.TensorCores;

/**
 * What an attention reads, and what its forward pass writes.
 *
 * @param cores what multiplies where tensor cores do
 */
record AttentionOperands(
    AttentionShape shape,
    AttentionOptions options,
    TensorCores cores,
    AttentionTensor q,
    AttentionTensor k,
    AttentionTensor v,
    AttentionTensor out) {
  boolean fitTensorCores() {
    return FlashAttention.takes(shape, q, k, v, out);
  }
}
