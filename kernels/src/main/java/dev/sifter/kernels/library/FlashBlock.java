package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import dev.sifter.kernels.ptx.Tile;
import dev.sifter.kernels.ptx.TileCopy;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;

/**
 * What the three kernels of flash attention share: a warp has 16 rows of a block, queries or keys,
 * and walks over the others. Its sums lie in fragments of 16 × 8, whichever tensor cores make them.
 *
 * <p>Products may be carried out in the background: between the call and {@link #awaitProducts}
 * their sums and the scores of {@link #add} must be left alone.
 *
 * @param <T> tiles of rows in shared memory
 * @param <M> a tile as an operand of a product
 */
abstract sealed class FlashBlock<T extends Tile, M> permits MmaBlock, WgmmaBlock {
  static final float LOG2_E = (float) (1 / Math.log(2));

  /** Rows of a block: those of four warps, and of one product by {@code wgmma}. */
  static final int ROWS = PtxAssembler.WARPGROUP_ROWS;

  /** Threads of a block. */
  static final int THREADS = ROWS / PtxAssembler.FRAGMENT_ROWS * PtxAssembler.WARP;

  /** The assembler. */
  final PtxAssembler k;

  /** Elements of a head. */
  final int headDim;

  FlashBlock(PtxAssembler k, int headDim) {
    this.k = k;
    this.headDim = headDim;
  }

  /** Keys that a block of queries walks over at once: fewer where the sums take more registers. */
  static int keysOfStep(int headDim) {
    return headDim > 128 ? 32 : 64;
  }

  /** For the tensor cores that a kernel uses. */
  static FlashBlock<?, ?> of(TensorCores cores, PtxAssembler k, int headDim) {
    return switch (cores) {
      case MMA -> new MmaBlock(k, headDim);
      case WGMMA -> new WgmmaBlock(k, headDim);
    };
  }

  /** Shared memory for rows of a head; the first of several such tiles, one behind the other. */
  abstract T tiles(int rows, int count);

  /** The rows of a tile that this warp has. */
  abstract T own(T tile);

  /** This warp's rows of a tile as those of a left operand. */
  abstract M left(T tile);

  /** The rows of a tile as columns of a right operand. */
  abstract M columns(T tile);

  /** The rows of a tile as terms of a right operand. */
  abstract M terms(T tile);

  /** The same, without the elements before some chunk of eight. */
  abstract M termsFrom(T tile, B32 chunk);

  /** The same operand in a tile that begins a number of bytes further on. */
  abstract M plus(M operand, B32 bytes);

  /** a·bᵀ: a warp's rows of a head times {@code columns} rows of another. */
  abstract List<List<F32>> products(M a, M b, int columns);

  /**
   * sums += scores · rows of a head.
   *
   * @param scores four registers for each sixteen rows, as {@link #rounded} makes them
   * @param rows as terms
   * @param sums a fragment for each eight elements of a head
   */
  abstract void add(List<List<B32>> scores, M rows, List<List<F32>> sums);

  /** Scores as a left operand: in bfloat16. */
  final List<List<B32>> rounded(List<List<F32>> scores) {
    return IntStream.range(0, scores.size() / 2)
        .mapToObj(s -> k.asA(scores.get(2 * s), scores.get(2 * s + 1)))
        .toList();
  }

  /** Waits for products but for those of the last calls. */
  abstract void awaitProducts(int pending);

  /** Waits for the copies of the whole block, after which products may read them. */
  abstract void awaitCopies();

  /** Copies rows of a head into a tile. */
  final TileCopy copier(T tile, HeadRows head) {
    return k.copier(tile, head.start(), head.stride());
  }

  /** The first of this warp's rows of a tile. */
  final B32 warpRow() {
    return k.mul(k.warpIndex(), PtxAssembler.FRAGMENT_ROWS);
  }

  /** Combines values over the four lanes that share a row of a fragment. */
  final F32 overRow(F32 value, BinaryOperator<F32> combine) {
    F32 pair = combine.apply(value, k.shuffleXor(value, 1));
    return combine.apply(pair, k.shuffleXor(pair, 2));
  }

  /**
   * Gives the scores that a condition does not hold for another value.
   *
   * @param seen of a row and a column, counted from the fragments' first
   */
  final void hide(List<List<F32>> scores, BiFunction<B32, B32, Pred> seen, float value) {
    for (int n = 0; n < scores.size(); n++) {
      for (int i = 0; i < 4; i++) {
        B32 row = k.add(k.fragmentRow(), i / 2 * 8);
        B32 column = k.add(k.fragmentColumn(), n * PtxAssembler.FRAGMENT_COLUMNS + i % 2);
        F32 score = scores.get(n).get(i);
        k.assign(score, k.select(seen.apply(row, column), score, value));
      }
    }
  }

  /**
   * {@linkplain #hide Hides} scores of keys that their query does not see, if there are any.
   *
   * @param firstPosition of the block's queries
   * @param warpPosition of the warp's
   * @param k0 the first key
   */
  final void hideUnseen(
      AttentionScores scores,
      List<List<F32>> s,
      B32 firstPosition,
      B32 warpPosition,
      B32 k0,
      float value) {
    int keys = s.size() * PtxAssembler.FRAGMENT_COLUMNS;
    k.ifThen(
        scores.hidesSome(firstPosition, ROWS, k0, keys),
        () ->
            hide(
                s,
                (row, column) -> scores.sees(k.add(warpPosition, row), k.add(k0, column)),
                value));
  }

  /** Σ a·b over a row of a head, of which each of four lanes takes every fourth chunk. */
  final F32 rowSum(HeadRows a, HeadRows b, B32 row) {
    int chunk = Tile.CHUNK;
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
  final void store(
      T staging, HeadRows to, B32 row0, B32 rowEnd, B32 firstChunk, List<List<F32>> sums) {
    int pairBytes = 2 * ElementType.BF16.bytes();
    for (int n = 0; n < sums.size(); n++) {
      List<F32> f = sums.get(n);
      for (int half = 0; half < 2; half++) {
        B32 row = k.add(k.fragmentRow(), 8 * half);
        SharedPointer chunk = k.chunk(staging, row, k.constant(n));
        k.store(
            k.at(chunk, k.fragmentPair(), pairBytes),
            k.packBfloat16(f.get(2 * half), f.get(2 * half + 1)));
      }
    }
    k.warpBarrier();
    int chunks = sums.size();
    for (int first = 0; first < PtxAssembler.FRAGMENT_ROWS * chunks; first += PtxAssembler.WARP) {
      B32 index = k.add(k.laneIndex(), first);
      B32 r = k.div(index, chunks);
      B32 chunk = k.rem(index, chunks);
      List<B32> words = k.loadWords(k.chunk(staging, r, chunk), 4);
      B32 target = k.add(row0, r);
      Pred rowInside = k.lt(target, rowEnd);
      Pred inside = firstChunk == null ? rowInside : k.and(rowInside, k.ge(chunk, firstChunk));
      ElementPointer at = k.at(to.row(target), chunk, Tile.CHUNK);
      k.storeIf(inside, at.pointer(), words);
    }
  }
}
