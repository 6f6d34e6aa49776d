package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * The largest element of a row and its first index. While a thread goes over its elements it notes
 * only where the vector with the largest begins; which element of it that is, is looked up in the
 * end. A NaN is never the largest.
 */
final class FirstLargest {
  private static final int NONE = -1;

  private final PtxAssembler k;
  private final F32 best;
  private final B32 start;

  /**
   * Of nothing yet.
   *
   * @param indexToo whether the index is wanted
   */
  FirstLargest(PtxAssembler k, boolean indexToo) {
    this.k = k;
    this.best = k.variable(Float.NEGATIVE_INFINITY);
    this.start = indexToo ? k.variable(k.constant(NONE)) : null;
  }

  /**
   * Takes neighbouring elements into account, after those before them; returns their largest.
   *
   * @param index of the first one
   */
  F32 see(List<F32> values, B32 index) {
    F32 largest = values.getFirst();
    for (F32 value : values.subList(1, values.size())) {
      largest = k.max(largest, value);
    }
    if (start != null) {
      k.assign(start, k.select(k.gt(largest, best), index, start));
    }
    k.assign(best, k.max(best, largest));
    return largest;
  }

  /**
   * A whole row's.
   *
   * @param value −∞ if no element is larger
   * @param index 0 if no element is larger; thread 0 alone knows it; null if it is not wanted
   */
  record OfRow(F32 value, B32 index) {}

  /** Puts the block's threads' together; all get the value. */
  OfRow ofRow(AlignedRow row) {
    F32 value = k.blockMax(best);
    if (start == null) {
      return new OfRow(value, null);
    }
    B32 first = k.blockMin(k.select(k.eq(best, value), start, k.constant(NONE)));
    B32 index = k.variable(k.constant(0));
    Pred looks = k.and(k.eq(k.threadIndex(), 0), k.ne(first, NONE));
    k.ifThen(looks, () -> lookUp(row, value, first, index));
    return new OfRow(value, index);
  }

  /** The first element with that value, from the beginning of its vector on. */
  private void lookUp(AlignedRow row, F32 value, B32 first, B32 index) {
    k.assign(index, first);
    ElementPointer place = row.at(first);
    Pred before = k.eq(k.loadOne(place), value);
    for (int j = 1; j < row.vector(); j++) {
      Pred inside = k.lt(k.add(first, j), row.width());
      Pred found = k.eq(k.loadIf(inside, place.plus(j), 1).getFirst(), value);
      k.assign(index, k.select(before, index, k.add(first, j)));
      before = k.or(before, found);
    }
  }
}
