package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementType;

/**
 * What an attention kernel is specialised for.
 *
 * @param heads number of query heads
 * @param kvHeads number of key and value heads; divides {@code heads}
 * @param headDim elements of a head
 * @param windowed whether a query sees only the keys of a window before it
 * @param softcapped whether scores become softcap · tanh(score/softcap)
 * @param type of q, k, v, and their gradients
 * @param outType of the output, and its gradient
 */
public record AttentionShape(
    int heads,
    int kvHeads,
    int headDim,
    boolean windowed,
    boolean softcapped,
    ElementType type,
    ElementType outType) {

  /** Refuses heads that cannot be shared. */
  public AttentionShape {
    if (heads <= 0 || kvHeads <= 0 || headDim <= 0 || heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "%d query heads of %d cannot share %d key heads".formatted(heads, headDim, kvHeads));
    }
    if (headDim > 256) {
      throw new IllegalArgumentException(
          "heads of %d elements; attention kernels take at most 256: choose --device cpu"
              .formatted(headDim));
    }
  }

  int groupSize() {
    return heads / kvHeads;
  }

  /** Whether tensor cores take it: bfloat16, and heads of a multiple of 16. */
  boolean fitsTensorCores() {
    return fits(TensorCores.MMA);
  }

  private boolean fits(TensorCores cores) {
    return type == ElementType.BF16 && outType == ElementType.BF16 && cores.take(headDim);
  }

  /** Refuses what these tensor cores do not take. */
  void require(TensorCores cores) {
    if (!fits(cores)) {
      throw new IllegalArgumentException(
          "flash attention by %s takes heads of %s elements in BF16, not %s"
              .formatted(cores, cores.headDims(), this));
    }
  }
}
