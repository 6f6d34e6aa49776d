package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.AttentionDocuments.cached;
import static dev.sifter.kernels.library.catalog.AttentionDocuments.packed;
import static dev.sifter.kernels.library.catalog.AttentionFamily.FLASH_WGMMA;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;

import java.util.List;

/** Trials of attention on Hopper's tensor cores, which take heads of 64 and 128 elements. */
final class WgmmaAttentionTrials {
  private WgmmaAttentionTrials() {}

  static KernelEntry forward() {
    return new KernelEntry(
        "flash-attention-wgmma",
        "softmax(q·kᵀ·scale)·v, causal, in bfloat16 on Hopper's tensor cores",
        join(
            List.of(
                AttentionTrials.forward(FLASH_WGMMA, BF16, 2, 1, 64, 0, 0, packed(80)),
                AttentionTrials.forward(FLASH_WGMMA, BF16, 1, 1, 64, 0, 0, packed(1)),
                AttentionTrials.forward(FLASH_WGMMA, BF16, 3, 1, 64, 0, 0, packed(129)),
                AttentionTrials.forward(
                    FLASH_WGMMA, BF16, 4, 2, 64, 0, 0, packed(0, 5, 0, 1, 63, 65, 64, 0)),
                AttentionTrials.forward(FLASH_WGMMA, BF16, 2, 1, 64, 4, 0, packed(33, 3, 140)),
                AttentionTrials.forward(FLASH_WGMMA, BF16, 2, 1, 64, 70, 0, packed(150)),
                AttentionTrials.forward(FLASH_WGMMA, BF16, 2, 1, 64, 0, 5, packed(70)),
                AttentionTrials.forward(FLASH_WGMMA, BF16, 1, 1, 128, 0, 0, packed(66)),
                AttentionTrials.forward(FLASH_WGMMA, BF16, 2, 1, 128, 6, 2, packed(20, 13)),
                AttentionTrials.forward(FLASH_WGMMA, BF16, 2, 1, 128, 0, 0, packed(321)),
                AttentionTrials.forward(
                    FLASH_WGMMA,
                    BF16,
                    4,
                    2,
                    64,
                    0,
                    0,
                    cached(new int[] {1, 3}, new int[] {0, 70}, 70, 37)),
                AttentionTrials.forward(
                    FLASH_WGMMA,
                    BF16,
                    2,
                    1,
                    64,
                    5,
                    0,
                    cached(new int[] {17, 1}, new int[] {40, 0}, 20, 40))),
            wide(
                (heads, kvHeads, headDim, window, documents) ->
                    AttentionTrials.forward(
                        FLASH_WGMMA, BF16, heads, kvHeads, headDim, window, 0, documents))),
        AttentionTrials.forward(FLASH_WGMMA, BF16, 32, 8, 128, 0, 0, packed(2048)));
  }

  static KernelEntry backward() {
    return new KernelEntry(
        "flash-attention-wgmma-backward",
        "dq, dk, dv of attention, in bfloat16 on Hopper's tensor cores",
        join(
            List.of(
                AttentionTrials.backward(FLASH_WGMMA, 2, 1, 64, 0, 0, packed(80)),
                AttentionTrials.backward(FLASH_WGMMA, 1, 1, 64, 0, 0, packed(3)),
                AttentionTrials.backward(FLASH_WGMMA, 3, 1, 64, 0, 0, packed(129)),
                AttentionTrials.backward(
                    FLASH_WGMMA, 4, 2, 64, 0, 0, packed(0, 5, 0, 1, 63, 65, 64, 0)),
                AttentionTrials.backward(FLASH_WGMMA, 2, 1, 64, 4, 0, packed(33, 3, 140)),
                AttentionTrials.backward(FLASH_WGMMA, 2, 1, 64, 70, 0, packed(150)),
                AttentionTrials.backward(FLASH_WGMMA, 2, 1, 64, 0, 5, packed(70)),
                AttentionTrials.backward(FLASH_WGMMA, 1, 1, 128, 0, 0, packed(66)),
                AttentionTrials.backward(FLASH_WGMMA, 2, 1, 128, 9, 3, packed(21, 12)),
                AttentionTrials.backward(FLASH_WGMMA, 2, 1, 128, 0, 0, packed(321))),
            wide(
                (heads, kvHeads, headDim, window, documents) ->
                    AttentionTrials.backward(
                        FLASH_WGMMA, heads, kvHeads, headDim, window, 0, documents))),
        AttentionTrials.backward(FLASH_WGMMA, 32, 8, 128, 0, 0, packed(2048)));
  }

  /** Hard shapes for heads of 64 elements and more. */
  private static List<KernelTrial> wide(AttentionTrials.Plain trial) {
    return List.of(
        trial.of(8, 8, 64, 0, packed(33, 7)),
        trial.of(12, 3, 64, 0, packed(31, 33, 32)),
        trial.of(8, 1, 64, 0, packed(65)),
        trial.of(1, 1, 64, 0, AttentionDocuments.thousand()));
  }
}
