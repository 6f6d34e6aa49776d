package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedTile;
import dev.sifter.kernels.ptx.TileCopy;
import dev.sifter.kernels.ptx.TileReader;

/**
 * The tiles of A and B that a block of {@link GemmTensorCore} multiplies: some terms each, several
 * times, so that later ones are copied meanwhile.
 */
final class GemmStages {
  /** Terms of a tile. */
  static final int DEPTH = 32;

  /** How many times there are tiles. */
  static final int COUNT = 3;

  private static final int CHUNK = SharedTile.CHUNK;

  private final PtxAssembler k;
  private final GemmArguments p;
  private final GemmShape.Operands operands;
  private final B32 row0;
  private final B32 column0;
  private final B32 end;
  private final SharedTile tileA;
  private final SharedTile tileB;
  private final TileCopy copyA;
  private final TileCopy copyB;

  /**
   * Takes shared memory, and makes what copies into it.
   *
   * @param tile rows of A, and columns of B
   * @param row0 the first of these rows
   * @param column0 the first of these columns
   * @param end of the terms
   */
  GemmStages(
      PtxAssembler k,
      GemmArguments p,
      GemmShape.Operands operands,
      int tile,
      B32 row0,
      B32 column0,
      B32 end) {
    this.k = k;
    this.p = p;
    this.operands = operands;
    this.row0 = row0;
    this.column0 = column0;
    this.end = end;
    this.tileA = operands.transposeA() ? k.tile(DEPTH, tile) : k.tile(tile, DEPTH);
    this.tileB = operands.transposeB() ? k.tile(tile, DEPTH) : k.tile(DEPTH, tile);
    k.shared((COUNT - 1) * bytes());
    this.copyA = k.copier(tileA, p.a(), p.strideA());
    this.copyB = k.copier(tileB, p.b(), p.strideB());
  }

  /** Of one stage. */
  int bytes() {
    return tileA.bytes() + tileB.bytes();
  }

  /** The stage after one, in bytes from the first. */
  B32 after(B32 stage) {
    B32 following = k.add(stage, bytes());
    return k.select(k.eq(following, COUNT * bytes()), k.constant(0), following);
  }

  /** Begins to copy the tiles of terms from t0 on, if there are any, and makes them a group. */
  void copy(B32 t0, B32 stage) {
    k.ifThen(
        k.lt(t0, end),
        () -> {
          if (operands.transposeA()) {
            copyA.begin(stage, t0, end, row0, p.m());
          } else {
            copyA.begin(stage, row0, p.m(), t0, end);
          }
          if (operands.transposeB()) {
            copyB.begin(stage, column0, p.n(), t0, end);
          } else {
            copyB.begin(stage, t0, end, column0, p.n());
          }
        });
    k.commitCopies();
  }

  /** Reads A from one of a warp's rows on. */
  TileReader readerA(B32 warpRow) {
    return operands.transposeA()
        ? k.readTransposedA(k.fromChunk(tileA, k.div(warpRow, CHUNK)))
        : k.readA(k.from(tileA, warpRow));
  }

  /** Reads B from one of a warp's columns on. */
  TileReader readerB(B32 warpColumn) {
    return operands.transposeB()
        ? k.readB(k.from(tileB, warpColumn))
        : k.readTransposedB(k.fromChunk(tileB, k.div(warpColumn, CHUNK)));
  }
}
