package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedTile;
import dev.sifter.kernels.ptx.TileReader;
import java.util.List;

/** Flash attention's products by {@code mma.sync}: each warp loads its operands' fragments. */
final class MmaBlock extends FlashBlock<SharedTile, TileReader> {
  private static final int STEP = PtxAssembler.FRAGMENT_TERMS;

  MmaBlock(PtxAssembler k, int headDim) {
    super(k, headDim);
  }

  @Override
  SharedTile tiles(int rows, int count) {
    return k.tiles(rows, headDim, count);
  }

  @Override
  SharedTile own(SharedTile tile) {
    return k.from(tile, warpRow());
  }

  @Override
  TileReader left(SharedTile tile) {
    return k.readA(own(tile));
  }

  @Override
  TileReader columns(SharedTile tile) {
    return k.readB(tile);
  }

  @Override
  TileReader terms(SharedTile tile) {
    return k.readTransposedB(tile);
  }

  @Override
  TileReader termsFrom(SharedTile tile, B32 chunk) {
    return k.readTransposedB(k.fromChunk(tile, chunk));
  }

  @Override
  TileReader plus(TileReader operand, B32 bytes) {
    return operand.plus(bytes);
  }

  @Override
  List<List<F32>> products(TileReader a, TileReader b, int columns) {
    List<List<F32>> sums = k.fragments(columns / PtxAssembler.FRAGMENT_COLUMNS);
    for (int e = 0; e < headDim; e += STEP) {
      List<B32> left = a.at(0, e);
      for (int c = 0; c < columns; c += STEP) {
        multiply(left, b.at(c, e), sums, c);
      }
    }
    return sums;
  }

  @Override
  void add(List<List<B32>> scores, TileReader rows, List<List<F32>> sums) {
    for (int s = 0; s < scores.size(); s++) {
      for (int n = 0; n < sums.size(); n += 2) {
        int element = n * PtxAssembler.FRAGMENT_COLUMNS;
        multiply(scores.get(s), rows.at(s * STEP, element), sums, element);
      }
    }
  }

  /** Adds to the sums of 16 columns. */
  private void multiply(List<B32> left, List<B32> right, List<List<F32>> sums, int column) {
    int n = column / PtxAssembler.FRAGMENT_COLUMNS;
    k.mmaBfloat16(left, right.subList(0, 2), sums.get(n));
    k.mmaBfloat16(left, right.subList(2, 4), sums.get(n + 1));
  }

  @Override
  void awaitProducts(int pending) {
    // They are done when the next instruction runs.
  }

  @Override
  void awaitCopies() {
    k.waitForCopies(0);
    k.barrier();
  }
}
