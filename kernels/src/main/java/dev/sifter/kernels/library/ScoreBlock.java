package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * What the three kernels of tiled attention share: blocks of 32 × 32 scores in fp32, of which each
 * of 8 × 8 threads has 4 × 4, and their products with rows of a head.
 *
 * <p>"Rows" are those that the block keeps, queries or keys; "columns" are those that it walks
 * over.
 */
final class ScoreBlock {
  /** Rows, and columns, of a block of scores. */
  static final int TILE = 32;

  /** Threads along a side. */
  static final int SIDE = 8;

  /** Threads of a block. */
  static final int THREADS = SIDE * SIDE;

  /** Rows, and columns, that a thread has of a block of scores. */
  static final int EDGE = GemmTile.QUAD;

  private final PtxAssembler k;
  private final int headDim;
  private final int vector;
  private final int sharers;

  /** Which quad of rows, and of columns, this thread has. */
  final B32 ty;

  final B32 tx;

  private final List<GemmTile> natural = new ArrayList<>();

  /**
   * Of this thread.
   *
   * @param headDim elements of a head
   * @param vector elements of an access
   * @param sharers blocks, along z, that sum up a part of the head's elements each
   */
  ScoreBlock(PtxAssembler k, int headDim, int vector, int sharers) {
    this.k = k;
    this.headDim = headDim;
    this.vector = vector;
    this.sharers = sharers;
    this.ty = k.div(k.threadIndex(), SIDE);
    this.tx = k.rem(k.threadIndex(), SIDE);
  }

  /** Number of this thread's row i, within the tile. */
  B32 row(int i) {
    return k.mad(ty, EDGE, k.constant(i));
  }

  /** Number of this thread's column j, within the tile. */
  B32 column(int j) {
    return k.mad(tx, EDGE, k.constant(j));
  }

  /** Chunks of 16 elements that a head has. */
  int chunks() {
    return Math.ceilDiv(headDim, GemmTile.DEPTH);
  }

  /** Parts of 32 elements that this block sums up. */
  int parts() {
    return Math.ceilDiv(headDim, TILE * sharers);
  }

  /** The first of some part's elements; beyond the head where it has fewer. */
  private B32 firstElement(int part) {
    B32 first = k.constant(part * TILE);
    return sharers == 1 ? first : k.mad(k.blockZ(), parts() * TILE, first);
  }

  /** Shared memory for 32 rows of a head, to be multiplied along the head. */
  GemmTile headTile() {
    return new GemmTile(k, TILE, chunks() * GemmTile.DEPTH, THREADS, true, vector);
  }

  /** Shared memory for scores, to be multiplied along their columns. */
  GemmTile scoreTile() {
    return new GemmTile(k, TILE, TILE, THREADS, true, 1);
  }

  /** Shared memory for 32 rows of 32 elements of a head, to be multiplied along the rows. */
  GemmTile partTile() {
    return new GemmTile(k, TILE, TILE, THREADS, false, vector);
  }

  /** Loads 32 rows of a head. */
  void fill(GemmTile tile, HeadRows head, B32 row0, B32 rowEnd) {
    tile.fill(
        head.start(), head.stride(), row0, rowEnd, k.constant(0), k.constant(headDim), chunks());
  }

  /** a·bᵀ of two tiles' rows, this thread's 4 × 4. */
  List<F32> products(GemmTile a, GemmTile b) {
    List<SharedPointer> readA = a.readers(ty);
    List<SharedPointer> readB = b.readers(tx);
    List<F32> sums = zeros(EDGE * EDGE);
    k.forRange(
        chunks(),
        1,
        chunk -> multiply(sums, a, a.inChunk(readA, chunk), b, b.inChunk(readB, chunk)));
    return sums;
  }

  private void multiply(
      List<F32> sums,
      GemmTile a,
      List<SharedPointer> readA,
      GemmTile b,
      List<SharedPointer> readB) {
    for (int t = 0; t < GemmTile.DEPTH; t++) {
      List<F32> left = a.read(readA, t, SIDE, 1);
      List<F32> right = b.read(readB, t, SIDE, 1);
      for (int i = 0; i < EDGE * EDGE; i++) {
        F32 sum = sums.get(i);
        k.assign(sum, k.fma(left.get(i / EDGE), right.get(i % EDGE), sum));
      }
    }
  }

  /** Variables for sums. */
  List<F32> zeros(int count) {
    List<F32> zeros = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      zeros.add(k.variable(0f));
    }
    return zeros;
  }

  /**
   * Variables for 4 rows of what this block sums up of a head: element 16·part + 4·row + column of
   * {@link #add}.
   */
  List<F32> headSums() {
    return zeros(parts() * EDGE * EDGE);
  }

  /** Stores this thread's 4 × 4 scores, row by row, for {@link #add}. */
  void put(GemmTile scores, List<F32> values) {
    List<F32> columns = new ArrayList<>();
    for (int n = 0; n < EDGE * EDGE; n++) {
      columns.add(values.get(n % EDGE * EDGE + n / EDGE));
    }
    putColumns(scores, columns);
  }

  /** Stores this thread's 4 × 4 scores, column by column, for {@link #add}. */
  void putColumns(GemmTile scores, List<F32> values) {
    for (int j = 0; j < EDGE; j++) {
      scores.put(column(j), ty, values.subList(j * EDGE, (j + 1) * EDGE));
    }
  }

  /**
   * sums += scores · rows of a head, of which {@code part} gets 32 elements at a time. Begins and
   * ends with a barrier, so what was put into {@code scores} is there.
   */
  void add(
      List<F32> sums, GemmTile scores, GemmTile part, HeadRows head, B32 column0, B32 columnEnd) {
    for (int p = 0; p < parts(); p++) {
      List<F32> some = sums.subList(p * EDGE * EDGE, (p + 1) * EDGE * EDGE);
      k.barrier();
      part.fill(
          head.start(),
          head.stride(),
          firstElement(p),
          k.constant(headDim),
          column0,
          columnEnd,
          TILE / GemmTile.DEPTH);
      k.barrier();
      List<SharedPointer> readScores = scores.readers(ty);
      List<SharedPointer> readPart = part.readers(tx);
      // A loop, not its unrolled body: the assembler would load too far ahead and spill.
      k.forRange(
          TILE / GemmTile.DEPTH,
          1,
          chunk ->
              multiply(
                  some,
                  scores,
                  scores.inChunk(readScores, chunk),
                  part,
                  part.inChunk(readPart, chunk)));
    }
    k.barrier();
  }

  /** Combines each of 4 rows over its 8 threads, which are neighbours. */
  List<F32> overColumns(List<F32> scores, BinaryOperator<F32> combine) {
    List<F32> results = new ArrayList<>();
    for (int i = 0; i < EDGE; i++) {
      F32 result = scores.get(i * EDGE);
      for (int j = 1; j < EDGE; j++) {
        result = combine.apply(result, scores.get(i * EDGE + j));
      }
      results.add(overThreadsOfRow(result, combine));
    }
    return results;
  }

  /** Combines a value over the 8 threads of a row. */
  F32 overThreadsOfRow(F32 value, BinaryOperator<F32> combine) {
    F32 result = value;
    for (int bit = 1; bit < SIDE; bit *= 2) {
      result = combine.apply(result, k.shuffleXor(result, bit));
    }
    return result;
  }

  /** Stores 4 rows of what this block summed up, where they are rows of the document. */
  void store(HeadRows head, B32 row0, B32 rowEnd, List<F32> sums) {
    for (int i = 0; i < EDGE; i++) {
      B32 row = k.add(row0, row(i));
      Pred rowInside = k.lt(row, rowEnd);
      B32 first = k.mad(tx, EDGE, firstElement(0));
      ElementPointer mine = k.at(head.row(row), k.div(first, vector), vector);
      for (int p = 0; p < parts(); p++) {
        int at = p * EDGE * EDGE + i * EDGE;
        for (int e = 0; e < EDGE; e += vector) {
          B32 element = k.add(first, p * TILE + e);
          Pred inside = k.and(rowInside, k.lt(element, headDim));
          k.storeIf(inside, mine.plus((long) p * TILE + e), sums.subList(at + e, at + e + vector));
        }
      }
    }
  }
}
