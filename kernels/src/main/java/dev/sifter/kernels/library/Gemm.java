package dev.sifter.kernels.library;

import java.util.List;

/**
 * C = α · op(A) · op(B) + β · C: chooses the kernel.
 *
 * <p>Where cuBLAS is, it does the products; this is for the emulator, for study, and for machines
 * without it.
 */
public final class Gemm {
  private static final int SMALL = 32;
  private static final int MEDIUM = 64;
  private static final int LARGE = 128;

  /** Blocks that keep a large GPU busy. */
  private static final int ENOUGH_BLOCKS = 128;

  /** Fewer terms than this are not worth a part of their own. */
  private static final int LEAST_SHARE = 256;

  private static final int MAX_SPLITS = 64;

  private Gemm() {}

  /** Fp32 elements that {@link #launches} needs for a shape. */
  public static long scratchElements(GemmShape shape) {
    int splits = splits(shape);
    return splits == 1 ? 0 : (long) splits * shape.m() * shape.n();
  }

  /**
   * What to launch. The choice depends on shape, types and alignment only, so the same product is
   * summed in the same order on every device.
   *
   * @param scratch fp32 of {@link #scratchElements}, or null if that is 0
   */
  public static List<Launch> launches(
      GemmShape shape, Array a, Array b, float alpha, float beta, Array c, Array scratch) {
    if (isGemv(shape)) {
      return Gemv.launches(shape, a, b, alpha, beta, c);
    }
    int splits = splits(shape);
    int tile = tile(shape);
    if (GemmTensorCore.takes(shape, a, b)) {
      int side = Math.max(MEDIUM, tile);
      return splits == 1
          ? GemmTensorCore.launches(shape, side, a, b, alpha, beta, c)
          : GemmTensorCore.launchesSplit(shape, side, splits, a, b, alpha, beta, c, scratch);
    }
    return splits == 1
        ? GemmBlocked.launches(shape, tile, a, b, alpha, beta, c)
        : GemmBlocked.launchesSplit(shape, tile, splits, a, b, alpha, beta, c, scratch);
  }

  private static boolean isGemv(GemmShape shape) {
    return shape.m() <= Gemv.MAX_ROWS && !shape.transposeA() && shape.transposeB();
  }

  private static int tile(GemmShape shape) {
    int least = Math.min(shape.m(), shape.n());
    if (least <= SMALL) {
      return SMALL;
    }
    return tiles(shape, LARGE) >= ENOUGH_BLOCKS ? LARGE : MEDIUM;
  }

  private static long tiles(GemmShape shape, int tile) {
    return (long) Math.ceilDiv(shape.m(), tile) * Math.ceilDiv(shape.n(), tile);
  }

  /** As many as make enough blocks, each with enough terms; the adapters' gradients need it. */
  private static int splits(GemmShape shape) {
    if (isGemv(shape) || shape.m() == 0 || shape.n() == 0) {
      return 1;
    }
    long wanted = Math.ceilDiv(ENOUGH_BLOCKS, tiles(shape, tile(shape)));
    return Math.clamp(Math.min(wanted, shape.k() / LEAST_SHARE), 1, MAX_SPLITS);
  }
}
