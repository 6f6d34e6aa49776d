package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * An operand's tile in shared memory, fp32, terms outermost: term t of row r is element t·rows + (r
 * XOR 8·(t/4 mod 4)). Rows are those of op(A), or columns of op(B); the sums of a product run over
 * terms.
 *
 * <p>A quad of four neighbours in device memory is either four terms of a row, which go to four
 * places, or four rows of a term, which stay together. Either way the XOR puts what a warp stores
 * at once into different banks, and a thread finds four rows of a term in one 16-byte access.
 */
final class GemmTile {
  /** Terms are loaded in chunks of so many. */
  static final int DEPTH = 16;

  /** Neighbouring rows that a thread reads at once. */
  static final int QUAD = 4;

  private static final int SWIZZLE = 8;
  private static final int SWIZZLES = 4;

  private final PtxAssembler k;
  private final int rows;
  private final boolean alongTerms;
  private final int vector;
  private final int quads;
  private final int rowStep;
  private final int termStep;
  private final SharedPointer tile;

  /** Row and term of this thread's first quad. */
  private final B32 row;

  private final B32 term;

  /**
   * Takes shared memory for a tile.
   *
   * @param rows a multiple of 32
   * @param depth terms, a multiple of {@link #DEPTH}
   * @param threads of the block
   * @param alongTerms whether neighbours in device memory are terms of one row
   * @param vector elements that may be loaded at once: 4 or 1
   */
  GemmTile(PtxAssembler k, int rows, int depth, int threads, boolean alongTerms, int vector) {
    this.k = k;
    this.rows = rows;
    this.alongTerms = alongTerms;
    this.vector = vector;
    this.quads = rows * DEPTH / QUAD / threads;
    int inner = (alongTerms ? DEPTH : rows) / QUAD;
    B32 fast = k.mul(k.rem(k.threadIndex(), inner), QUAD);
    B32 slow = k.div(k.threadIndex(), inner);
    this.row = alongTerms ? slow : fast;
    this.term = alongTerms ? fast : slow;
    this.rowStep = alongTerms ? threads / inner : 0;
    this.termStep = alongTerms ? 0 : threads / inner;
    this.tile = k.shared(rows * depth * Float.BYTES);
  }

  /**
   * This thread's quads of a chunk of 16 terms, zeros beyond the matrix's ends.
   *
   * @param matrix as stored, its rows {@code stride} elements apart
   * @param row0 the tile's first row
   * @param rowEnd number of rows of the operand
   * @param term0 the chunk's first term
   * @param termEnd number of terms of the operand
   */
  List<List<F32>> load(
      ElementPointer matrix, B32 stride, B32 row0, B32 rowEnd, B32 term0, B32 termEnd) {
    List<List<F32>> loaded = new ArrayList<>();
    for (int q = 0; q < quads; q++) {
      B32 r = k.add(k.add(row0, row), q * rowStep);
      B32 t = k.add(k.add(term0, term), q * termStep);
      B32 outer = alongTerms ? r : t;
      B32 inner = alongTerms ? t : r;
      Pred outerInside = k.lt(outer, alongTerms ? rowEnd : termEnd);
      ElementPointer start = k.atRow(matrix, outer, stride, vector);
      ElementPointer from = k.at(start, k.div(inner, vector), vector);
      List<F32> quad = new ArrayList<>();
      for (int e = 0; e < QUAD; e += vector) {
        Pred inside = k.lt(k.add(inner, e), alongTerms ? termEnd : rowEnd);
        quad.addAll(k.loadIf(k.and(outerInside, inside), from.plus(e), vector));
      }
      loaded.add(quad);
    }
    return loaded;
  }

  /**
   * Stores what {@link #load} returned.
   *
   * @param chunk which 16 terms of the tile
   */
  void store(List<List<F32>> loaded, B32 chunk) {
    SharedPointer base = k.at(tile, chunk, DEPTH * rows * Float.BYTES);
    for (int q = 0; q < quads; q++) {
      B32 r = k.add(row, q * rowStep);
      B32 t = k.add(term, q * termStep);
      SharedPointer start = k.at(base, t, rows * Float.BYTES);
      B32 swizzled = swizzled(r, t);
      if (alongTerms) {
        SharedPointer to = k.at(start, swizzled, Float.BYTES);
        for (int e = 0; e < QUAD; e++) {
          k.store(to.plus((long) e * rows * Float.BYTES), loaded.get(q).get(e));
        }
      } else {
        k.store(k.at(start, k.div(swizzled, QUAD), QUAD * Float.BYTES), loaded.get(q));
      }
    }
  }

  private B32 swizzled(B32 r, B32 t) {
    return k.xor(r, k.mul(k.rem(k.div(t, QUAD), SWIZZLES), SWIZZLE));
  }

  /** Loads and stores {@code chunks} chunks of terms; the first term of all is {@code term0}. */
  void fill(
      ElementPointer matrix, B32 stride, B32 row0, B32 rowEnd, B32 term0, B32 termEnd, int chunks) {
    k.forRange(
        chunks,
        1,
        chunk -> {
          B32 first = k.mad(chunk, DEPTH, term0);
          store(load(matrix, stride, row0, rowEnd, first, termEnd), chunk);
        });
  }

  /** Stores four rows of one term. */
  void put(B32 t, B32 quad, List<F32> values) {
    SharedPointer start = k.at(tile, t, rows * Float.BYTES);
    B32 swizzled = swizzled(k.mul(quad, QUAD), t);
    k.store(k.at(start, k.div(swizzled, QUAD), QUAD * Float.BYTES), values);
  }

  /** Where a thread reads, for each swizzle, if it has rows 4·index to 4·index + 3. */
  List<SharedPointer> readers(B32 index) {
    List<SharedPointer> readers = new ArrayList<>();
    for (int s = 0; s < SWIZZLES; s++) {
      B32 quad = k.xor(index, s * SWIZZLE / QUAD);
      readers.add(k.at(tile, quad, QUAD * Float.BYTES));
    }
    return readers;
  }

  /** The same in another chunk of terms. */
  List<SharedPointer> inChunk(List<SharedPointer> readers, B32 chunk) {
    B32 bytes = k.mul(chunk, DEPTH * rows * Float.BYTES);
    return readers.stream().map(reader -> k.offset(reader, bytes, QUAD * Float.BYTES)).toList();
  }

  /**
   * Term t of a thread's rows.
   *
   * @param side threads that share the tile's rows
   * @param count quads of a thread, each 4·side rows after the one before
   */
  List<F32> read(List<SharedPointer> readers, int t, int side, int count) {
    List<F32> values = new ArrayList<>();
    for (int q = 0; q < count; q++) {
      long offset = ((long) t * rows + (long) q * side * QUAD) * Float.BYTES;
      values.addAll(k.loadFloats(readers.get(t / QUAD % SWIZZLES).plus(offset), QUAD));
    }
    return values;
  }
}
