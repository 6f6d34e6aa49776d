package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedMatrix;
import dev.sifter.kernels.ptx.SwizzledTile;
import java.util.List;

/**
 * Flash attention's products by {@code wgmma}: four warps read what they multiply by from shared
 * memory once for all of them, and go on while the tensor cores work.
 */
final class WgmmaBlock extends FlashBlock<SwizzledTile, SharedMatrix> {
  private static final int STEP = PtxAssembler.FRAGMENT_TERMS;

  WgmmaBlock(PtxAssembler k, int headDim) {
    super(k, headDim);
  }

  @Override
  SwizzledTile tiles(int rows, int count) {
    return k.swizzledTiles(rows, headDim, count);
  }

  @Override
  SwizzledTile own(SwizzledTile tile) {
    return k.from(tile, warpRow());
  }

  @Override
  SharedMatrix left(SwizzledTile tile) {
    return k.rows(tile);
  }

  @Override
  SharedMatrix columns(SwizzledTile tile) {
    return k.rows(tile);
  }

  @Override
  SharedMatrix terms(SwizzledTile tile) {
    return k.terms(tile);
  }

  /** Its heads are never parted. */
  @Override
  SharedMatrix termsFrom(SwizzledTile tile, B32 chunk) {
    return k.terms(tile);
  }

  @Override
  SharedMatrix plus(SharedMatrix operand, B32 bytes) {
    return k.plus(operand, bytes);
  }

  @Override
  List<List<F32>> products(SharedMatrix a, SharedMatrix b, int columns) {
    List<List<F32>> sums = k.sums(columns);
    k.fenceProducts();
    for (int e = 0; e < headDim; e += STEP) {
      k.multiply(a, b, e, sums, e > 0);
    }
    k.commitProducts();
    return sums;
  }

  @Override
  void add(List<List<B32>> scores, SharedMatrix rows, List<List<F32>> sums) {
    k.fenceProducts();
    for (int s = 0; s < scores.size(); s++) {
      k.multiply(scores.get(s), rows, s * STEP, sums, true);
    }
    k.commitProducts();
  }

  @Override
  void awaitProducts(int pending) {
    k.waitForProducts(pending);
  }

  @Override
  void awaitCopies() {
    k.waitForCopies(0);
    k.fenceSharedForProducts();
    k.barrier();
  }
}
