package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import dev.sifter.kernels.ptx.SharedTile;
import dev.sifter.kernels.ptx.TileCopy;
import dev.sifter.kernels.ptx.TileReader;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;

/**
 * What the three kernels of flash attention share: a warp has 16 rows of a block, queries or keys,
 * and walks over the others, 16 columns at a time.
 *
 * @param k the assembler
 * @param headDim elements of a head, a multiple of 16
 */
record FlashBlock(PtxAssembler k, int headDim) {
  static final float LOG2_E = (float) (1 / Math.log(2));

  private static final int STEP = PtxAssembler.FRAGMENT_TERMS;

  /** Copies rows of a head into a tile. */
  TileCopy copier(SharedTile tile, HeadRows head) {
    return k.copier(tile, head.start(), head.stride());
  }

  /** a·bᵀ: 16 rows of a head times {@code columns} rows of another, a fragment for each eight. */
  List<List<F32>> products(TileReader a, TileReader b, int columns) {
    List<List<F32>> sums = k.fragments(columns / PtxAssembler.FRAGMENT_COLUMNS);
    for (int e = 0; e < headDim; e += STEP) {
      List<B32> left = a.at(0, e);
      for (int c = 0; c < columns; c += STEP) {
        List<B32> right = b.at(c, e);
        int n = c / PtxAssembler.FRAGMENT_COLUMNS;
        k.mmaBfloat16(left, right.subList(0, 2), sums.get(n));
        k.mmaBfloat16(left, right.subList(2, 4), sums.get(n + 1));
      }
    }
    return sums;
  }

  /**
   * sums += scores · rows of a head.
   *
   * @param scores a fragment for each eight rows
   * @param rows reads the rows as terms
   * @param sums a fragment for each eight elements of a head
   */
  void add(List<List<F32>> scores, TileReader rows, List<List<F32>> sums) {
    for (int s = 0; s < scores.size(); s += 2) {
      List<B32> left = k.asA(scores.get(s), scores.get(s + 1));
      for (int n = 0; n < sums.size(); n += 2) {
        int element = n * PtxAssembler.FRAGMENT_COLUMNS;
        List<B32> right = rows.at(s * PtxAssembler.FRAGMENT_COLUMNS, element);
        k.mmaBfloat16(left, right.subList(0, 2), sums.get(n));
        k.mmaBfloat16(left, right.subList(2, 4), sums.get(n + 1));
      }
    }
  }

  /** Combines values over the four lanes that share a row of a fragment. */
  F32 overRow(F32 value, BinaryOperator<F32> combine) {
    F32 pair = combine.apply(value, k.shuffleXor(value, 1));
    return combine.apply(pair, k.shuffleXor(pair, 2));
  }

  /**
   * Gives the scores that a condition does not hold for another value.
   *
   * @param seen of a row and a column, counted from the fragments' first
   */
  void hide(List<List<F32>> scores, BiFunction<B32, B32, Pred> seen, float value) {
    for (int n = 0; n < scores.size(); n++) {
      for (int i = 0; i < 4; i++) {
        B32 row = k.add(k.fragmentRow(), i / 2 * 8);
        B32 column = k.add(k.fragmentColumn(), n * PtxAssembler.FRAGMENT_COLUMNS + i % 2);
        F32 score = scores.get(n).get(i);
        k.assign(score, k.select(seen.apply(row, column), score, value));
      }
    }
  }

  /** Σ a·b over a row of a head, of which each of four lanes takes every fourth chunk. */
  F32 rowSum(HeadRows a, HeadRows b, B32 row) {
    int chunk = SharedTile.CHUNK;
    ElementPointer rowA = a.row(row);
    ElementPointer rowB = b.row(row);
    F32 sum = k.constant(0f);
    for (int c = 0; c < headDim / chunk; c += 4) {
      B32 index = k.add(k.fragmentPair(), c);
      Pred inside = c + 4 <= headDim / chunk ? null : k.lt(index, headDim / chunk);
      List<F32> left = k.loadIf(inside, k.at(rowA, index, chunk), chunk);
      List<F32> right = k.loadIf(inside, k.at(rowB, index, chunk), chunk);
      for (int e = 0; e < chunk; e++) {
        sum = k.fma(left.get(e), right.get(e), sum);
      }
    }
    return overRow(sum, k::add);
  }

  /**
   * Stores a warp's 16 rows by way of shared memory, which nobody else uses any more, in accesses
   * of 16 bytes.
   *
   * @param staging the warp's rows of a tile
   * @param to bfloat16
   * @param row0 the warp's first row
   * @param firstChunk the first eight elements that are stored, counted in eights; null for all
   */
  void store(
      SharedTile staging, HeadRows to, B32 row0, B32 rowEnd, B32 firstChunk, List<List<F32>> sums) {
    SharedPointer row = k.at(staging.start(), k.fragmentRow(), staging.rowBytes());
    SharedPointer mine = k.at(row, k.fragmentPair(), 2 * ElementType.BF16.bytes());
    for (int n = 0; n < sums.size(); n++) {
      List<F32> f = sums.get(n);
      int column = n * PtxAssembler.FRAGMENT_COLUMNS;
      k.store(mine.plus(staging.offset(0, column)), k.packBfloat16(f.get(0), f.get(1)));
      k.store(mine.plus(staging.offset(8, column)), k.packBfloat16(f.get(2), f.get(3)));
    }
    k.warpBarrier();
    int chunks = sums.size();
    for (int first = 0; first < STEP * chunks; first += PtxAssembler.WARP) {
      B32 index = k.add(k.laneIndex(), first);
      B32 r = k.div(index, chunks);
      B32 chunk = k.rem(index, chunks);
      SharedPointer from = k.at(k.at(staging.start(), r, staging.rowBytes()), chunk, 16);
      List<B32> words = k.loadWords(from, 4);
      B32 target = k.add(row0, r);
      Pred rowInside = k.lt(target, rowEnd);
      Pred inside = firstChunk == null ? rowInside : k.and(rowInside, k.ge(chunk, firstChunk));
      ElementPointer at = k.at(to.row(target), chunk, SharedTile.CHUNK);
      k.storeIf(inside, at.pointer(), words);
    }
  }
}
