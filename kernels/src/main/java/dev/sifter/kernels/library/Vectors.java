package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** How many elements a thread loads or stores at once. */
final class Vectors {
  private static final int ACCESS_BYTES = 16;

  private Vectors() {}

  /**
   * Vectors of the widest of some types that fill a 16-byte access, so none takes more than one.
   */
  static int widest(ElementType... types) {
    int largest = 1;
    for (ElementType type : types) {
      largest = Math.max(largest, type.bytes());
    }
    return ACCESS_BYTES / largest;
  }

  /** The same, or 1 if some array does not begin at a multiple of such a vector. */
  static int of(Array... arrays) {
    int largest = 1;
    for (Array array : arrays) { // each launch asks: no stream
      largest = Math.max(largest, array.type().bytes());
    }
    int vector = ACCESS_BYTES / largest;
    for (Array array : arrays) {
      if (!array.isAlignedTo(vector)) {
        return 1;
      }
    }
    return vector;
  }

  /** For rows: the same, or 1 if some width or stride is no multiple of such a vector. */
  static int ofRows(long[] widths, Array... arrays) {
    int vector = of(arrays);
    for (long width : widths) {
      vector = width % vector == 0 ? vector : 1;
    }
    return vector;
  }

  /** f of each element. */
  static List<F32> map(List<F32> a, UnaryOperator<F32> f) {
    return a.stream().map(f).toList();
  }

  /** f of each pair. */
  static List<F32> zip(List<F32> a, List<F32> b, BinaryOperator<F32> f) {
    return IntStream.range(0, a.size()).mapToObj(i -> f.apply(a.get(i), b.get(i))).toList();
  }
}
