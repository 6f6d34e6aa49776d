package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.AttentionOptions;
import dev.sifter.kernels.library.AttentionShape;
import dev.sifter.kernels.library.AttentionTensor;
import dev.sifter.kernels.library.FlashAttention;
import dev.sifter.kernels.library.FlashAttentionKeyGradient;
import dev.sifter.kernels.library.FlashAttentionQueryGradient;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.TensorCores;
import dev.sifter.kernels.library.TiledAttention;
import dev.sifter.kernels.library.TiledAttentionKeyGradient;
import dev.sifter.kernels.library.TiledAttentionQueryGradient;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;

/**
 * Three kernels that make up an attention and its gradients.
 *
 * @param blockQueries queries of a block of the first two
 * @param blockKeys keys of a block of the third
 * @param forward how close the output is
 * @param backward how close the gradients are
 * @param gradientType of all tensors where gradients are tried
 * @param attention the forward
 * @param queryGradient the gradient by the queries
 * @param keyGradient the gradients by keys and values
 */
record AttentionFamily(
    int blockQueries,
    int blockKeys,
    Tolerance forward,
    Tolerance backward,
    ElementType gradientType,
    ForwardLaunches attention,
    QueryGradientLaunches queryGradient,
    KeyGradientLaunches keyGradient) {
  static final Tolerance FP32 =
      new Tolerance(
          0,
          1e-5,
          "a score of up to 128 products is off by 3e-6, a probability by as much of itself");

  private static final Tolerance BFLOAT16 =
      new Tolerance(
          0, 4e-3, 4e-3, "probabilities and results are rounded to bfloat16, 2⁻⁹ each at most");
  private static final Tolerance BFLOAT16_GRADIENT =
      new Tolerance(
          0, 8e-3, 8e-3, "probabilities and slopes are rounded to bfloat16, and the output before");

  static final AttentionFamily TILED =
      new AttentionFamily(
          TiledAttention.BLOCK_QUERIES,
          TiledAttentionKeyGradient.BLOCK_KEYS,
          FP32,
          FP32,
          F32,
          TiledAttention::launches,
          TiledAttentionQueryGradient::launches,
          TiledAttentionKeyGradient::launches);

  static final AttentionFamily FLASH = flash(TensorCores.MMA);

  static final AttentionFamily FLASH_WGMMA = flash(TensorCores.WGMMA);

  private static AttentionFamily flash(TensorCores cores) {
    return new AttentionFamily(
        FlashAttention.BLOCK_QUERIES,
        FlashAttentionKeyGradient.BLOCK_KEYS,
        BFLOAT16,
        BFLOAT16_GRADIENT,
        BF16,
        (shape, options, tiles, count, q, k, v, out, lse) ->
            FlashAttention.launches(cores, shape, options, tiles, count, q, k, v, out, lse),
        (shape, options, tiles, count, dOut, q, k, v, out, lse, sums, dq) ->
            FlashAttentionQueryGradient.launches(
                cores, shape, options, tiles, count, dOut, q, k, v, out, lse, sums, dq),
        (shape, options, tiles, count, dOut, q, k, v, lse, sums, dk, dv) ->
            FlashAttentionKeyGradient.launches(
                cores, shape, options, tiles, count, dOut, q, k, v, lse, sums, dk, dv));
  }

  interface ForwardLaunches {
    List<Launch> of(
        AttentionShape shape,
        AttentionOptions options,
        DeviceSlice tiles,
        int tileCount,
        AttentionTensor q,
        AttentionTensor k,
        AttentionTensor v,
        AttentionTensor out,
        Array logSumExp);
  }

  interface QueryGradientLaunches {
    List<Launch> of(
        AttentionShape shape,
        AttentionOptions options,
        DeviceSlice tiles,
        int tileCount,
        AttentionTensor dOut,
        AttentionTensor q,
        AttentionTensor k,
        AttentionTensor v,
        AttentionTensor out,
        Array logSumExp,
        Array rowSums,
        AttentionTensor dq);
  }

  interface KeyGradientLaunches {
    List<Launch> of(
        AttentionShape shape,
        AttentionOptions options,
        DeviceSlice tiles,
        int tileCount,
        AttentionTensor dOut,
        AttentionTensor q,
        AttentionTensor k,
        AttentionTensor v,
        Array logSumExp,
        Array rowSums,
        AttentionTensor dk,
        AttentionTensor dv);
  }
}
