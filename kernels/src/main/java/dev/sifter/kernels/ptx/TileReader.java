package dev.sifter.kernels.ptx;

import java.util.List;

/**
 * Where the lanes of a warp read the operands of {@code mma.m16n8k16} in a tile: each call of
 * {@link #at} loads 16 × 16 elements, an operand A, or two neighbouring operands B.
 */
public final class TileReader {
  private final TensorInstructions k;
  private final SharedTile tile;
  private final SharedPointer ofLane;
  private final boolean transposed;

  TileReader(TensorInstructions k, SharedTile tile, SharedPointer ofLane, boolean transposed) {
    this.k = k;
    this.tile = tile;
    this.ofLane = ofLane;
    this.transposed = transposed;
  }

  /** The same a number of bytes further on: in another stage of a pipeline. */
  public TileReader plus(B32 bytes) {
    return new TileReader(k, tile, k.offset(ofLane, bytes, Alignments.MAX), transposed);
  }

  /**
   * The operands whose first element is at this place of the tile, as it is stored.
   *
   * @return four registers: of A; or two of the first eight columns' B, then two of the next
   *     eight's
   */
  public List<B32> at(int row, int column) {
    SharedPointer from = ofLane.plus(tile.offset(row, column));
    return transposed ? k.loadMatricesTransposed(from) : k.loadMatrices(from);
  }
}
