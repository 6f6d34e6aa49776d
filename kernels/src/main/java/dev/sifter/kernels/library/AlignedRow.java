package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A row of a dense matrix of any width, taken apart for wide accesses. Where the width is no
 * multiple of a vector, rows begin anywhere: then a row is single elements up to the first multiple
 * of a vector, whole vectors, and single elements again.
 *
 * <pre>
 * rest = r * (width mod v)                      // row r begins r * (width / v) vectors and
 * first = r * (width / v) + ceil(rest / v)      // rest elements after the matrix does
 * head = -rest mod v;  count = (width - head) / v
 * </pre>
 *
 * @param k the assembler
 * @param start the first element
 * @param vectors the first whole vector
 * @param head elements before it; null for none in any row
 * @param count whole vectors
 * @param width elements of a row
 * @param vector elements of an access
 */
record AlignedRow(
    PtxAssembler k,
    ElementPointer start,
    ElementPointer vectors,
    B32 head,
    B32 count,
    int width,
    int vector) {

  /** Vectors that a thread asks for before it works on the first of them. */
  private static final int AHEAD = 4;

  /** What is done with neighbouring elements, of which the first has some index in the row. */
  interface Visitor {
    void visit(ElementPointer place, List<F32> elements, B32 index);
  }

  /** Elements of the widest access that rows of a matrix take. */
  static int vector(Array matrix, int rows, int width) {
    int vector = Vectors.of(matrix);
    boolean indicesFit = (long) rows * Math.max(width / vector, vector) < 1L << 32;
    return width >= vector && indicesFit ? vector : 1;
  }

  /** Row number {@code row} of a matrix. */
  static AlignedRow of(PtxAssembler k, ElementPointer matrix, B32 row, int width, int vector) {
    ElementPointer start = k.at(matrix, row, width);
    if (width % vector == 0) {
      return new AlignedRow(k, start, start, null, k.constant(width / vector), width, vector);
    }
    B32 rest = k.mul(row, width % vector);
    B32 first = k.mad(row, width / vector, k.div(k.add(rest, vector - 1), vector));
    B32 head = k.and(k.sub(k.constant(0), rest), vector - 1);
    B32 count = k.div(k.sub(k.constant(width), head), vector);
    return new AlignedRow(k, start, k.at(matrix, first, vector), head, count, width, vector);
  }

  /** Visits the elements, by so many threads; a thread's in ascending order. */
  void forEach(int threads, Visitor visitor) {
    single(false, visitor);
    forEachVector(threads, i -> i, visitor);
    single(true, visitor);
  }

  /** What is done with neighbouring elements that are loaded, the first of which has that index. */
  interface LoadedVisitor {
    void visit(List<F32> elements, B32 index);
  }

  /**
   * Visits the elements, by so many threads; a thread asks for several vectors before it visits the
   * first. Where the row ends among them, minus infinity stands for what is not there.
   */
  void forEachLoaded(int threads, int atOnce, LoadedVisitor visitor) {
    Visitor singles = (place, elements, index) -> visitor.visit(elements, index);
    single(false, singles);
    k.forRange(
        k.threadIndex(),
        count,
        threads * atOnce,
        i -> {
          List<List<F32>> loaded = new ArrayList<>();
          for (int n = 0; n < atOnce; n++) {
            B32 at = k.add(i, n * threads);
            Pred inside = n == 0 ? null : k.lt(at, count);
            List<F32> elements = k.loadIf(inside, k.at(vectors, at, vector), vector);
            loaded.add(
                n == 0
                    ? elements
                    : Vectors.map(elements, x -> k.select(inside, x, Float.NEGATIVE_INFINITY)));
          }
          for (int n = 0; n < atOnce; n++) {
            visitor.visit(loaded.get(n), index(k.add(i, n * threads)));
          }
        });
    single(true, singles);
  }

  /** Visits the elements, the last ones first: those that a pass before has left in the cache. */
  void forEachBackwards(int threads, Visitor visitor) {
    single(true, visitor);
    B32 last = k.sub(count, k.constant(1));
    forEachVector(threads, i -> k.sub(last, i), visitor);
    single(false, visitor);
  }

  private void forEachVector(int threads, UnaryOperator<B32> order, Visitor visitor) {
    k.forRange(
        k.threadIndex(),
        count,
        threads * AHEAD,
        first -> {
          List<Runnable> visits = new ArrayList<>();
          for (int j = 0; j < AHEAD; j++) {
            B32 turn = k.add(first, j * threads);
            Pred inside = j == 0 ? null : k.lt(turn, count);
            B32 i = order.apply(turn);
            ElementPointer place = k.at(vectors, i, vector);
            List<F32> elements = k.loadIf(inside, place, vector);
            Runnable visit = () -> visitor.visit(place, elements, index(i));
            visits.add(inside == null ? visit : () -> k.ifThen(inside, visit));
          }
          visits.forEach(Runnable::run);
        });
  }

  /** Index in the row of a vector's first element. */
  private B32 index(B32 i) {
    return head == null ? k.mul(i, vector) : k.mad(i, vector, head);
  }

  /** Visits what lies before the vectors, or behind them. */
  private void single(boolean behind, Visitor visitor) {
    if (head == null) {
      return;
    }
    B32 index = behind ? k.add(k.mad(count, vector, head), k.threadIndex()) : k.threadIndex();
    k.ifThen(
        k.lt(index, behind ? k.constant(width) : head),
        () -> {
          ElementPointer place = at(index);
          visitor.visit(place, k.load(place, 1), index);
        });
  }

  /** The place of an element. */
  ElementPointer at(B32 index) {
    return k.at(start, index, 1);
  }
}
