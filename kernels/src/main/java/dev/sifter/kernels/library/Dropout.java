package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * y (+)= keep(i) ? x / (1 − p) : 0, where element i is kept if number i of the random stream, as
 * {@code Philox} of the engine defines it, is at least p. The mask is drawn again in the backward.
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x          // a vector of 4 or 8 elements
 * (seed, firstStream) = random               // by way of shared memory
 * bits = philox4x32_10(counter = {i*V/4, firstStream + index}, key = seed)
 * y[i] = (bits >> 8) >= threshold ? x[i] * scale : 0      // x[row][column], where its rows are apart
 * </pre>
 *
 * <p>What changes from step to step, seed and first stream, lies in device memory, so that a launch
 * is the same in every step. Least bytes: one element of each type for every element, y's twice if
 * accumulated. 10 rounds of Philox for four elements: about 25 integer operations each.
 *
 * @param x type of the input
 * @param y type of the output
 * @param accumulate whether y is added to
 * @param apart whether x's rows are
 * @param vector elements of an access
 */
public record Dropout(ElementType x, ElementType y, boolean accumulate, boolean apart, int vector)
    implements Elementwise {
  /** Size of what {@link #launches} reads for Philox. */
  public static final int RANDOM_BYTES = 2 * Long.BYTES;

  private static final int WORDS = 4;
  private static final int UNIFORM_BITS = 24;

  /**
   * What to launch for {@code elements} elements.
   *
   * @param probability p, that an element becomes 0; below 1
   * @param random two 64-bit numbers, the lower halves first: Philox's key, and the first stream
   * @param index which stream after the first: their sum is the upper half of Philox's counter
   */
  public static List<Launch> launches(
      Array x,
      float probability,
      DeviceSlice random,
      int index,
      boolean accumulate,
      Array y,
      long elements) {
    return launches(x, 0, 0, probability, random, index, accumulate, y, elements);
  }

  /**
   * As {@link #launches(Array, float, DeviceSlice, int, boolean, Array, long)}, of an input whose
   * rows are apart; the element's number is that of a dense matrix.
   *
   * @param xStride elements from one row of x to the next; 0 where x is dense
   * @param width elements of a row
   */
  public static List<Launch> launches(
      Array x,
      int xStride,
      int width,
      float probability,
      DeviceSlice random,
      int index,
      boolean accumulate,
      Array y,
      long elements) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "a dropout probability of %s; it must be at least 0 and below 1".formatted(probability));
    }
    boolean apart = xStride != 0;
    if (apart) {
      Strides.require("x", xStride, width);
    }
    Dropout kernel =
        new Dropout(
            x.type(),
            y.type(),
            accumulate,
            apart,
            apart ? Vectors.ofRows(new long[] {xStride, width}, x, y) : Vectors.of(x, y));
    // A uniform number is 24 bits over 2²⁴, so whole numbers decide exactly.
    int threshold = (int) Math.ceil(probability * (1 << UNIFORM_BITS));
    List<Object> arguments = new ArrayList<>();
    arguments.add(x.require("x", apart ? rowsApart(elements, xStride, width) : elements));
    arguments.add(y.require("y", elements));
    arguments.add(threshold);
    arguments.add((float) (1 / (1 - (double) probability)));
    arguments.add(random.require("random", RANDOM_BYTES, Integer.BYTES));
    arguments.add(index);
    if (apart) {
      arguments.addAll(List.of(xStride, width / kernel.vector));
    }
    return Elementwise.launches(kernel, kernel.vector, elements, arguments.toArray());
  }

  private static long rowsApart(long elements, int stride, int width) {
    return Strides.elements((int) (elements / width), stride, width);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.output("x", x, vector);
    ElementPointer out = k.output("y", y, vector);
    B32 threshold = k.size("threshold");
    F32 scale = k.number("scale");
    GlobalPointer random = k.pointer("random", Integer.BYTES);
    B32 index = k.size("index");
    B32 xStride = apart ? k.size("xStride") : null;
    B32 vectorsPerRow = apart ? k.size("vectorsPerRow") : null;
    SharedPointer numbers = FewNumbers.copy(k, random, RANDOM_BYTES / Integer.BYTES);
    k.barrier();
    Elementwise.emit(
        k,
        vector,
        place -> {
          List<F32> kept = new ArrayList<>();
          List<F32> values =
              apart ? loadApart(k, place, in, xStride, vectorsPerRow) : place.load(in);
          List<B32> four = k.loadWords(numbers, RANDOM_BYTES / Integer.BYTES);
          List<B32> stream = stream(k, four.subList(2, 4), index);
          List<B32> words = words(k, place, stream, four.subList(0, 2));
          for (int i = 0; i < values.size(); i++) {
            B32 uniform = k.shr(words.get(i), Integer.SIZE - UNIFORM_BITS);
            F32 scaled = k.mul(values.get(i), scale);
            kept.add(k.select(k.ge(uniform, threshold), scaled, 0f));
          }
          place.store(out, kept, accumulate);
        });
  }

  /** Rows are whole vectors, so that there is no rest of single elements. */
  private static List<F32> loadApart(
      PtxAssembler k, Elementwise.Place place, ElementPointer x, B32 stride, B32 vectorsPerRow) {
    B32 row = k.div(place.index(), vectorsPerRow);
    B32 column = k.rem(place.index(), vectorsPerRow);
    ElementPointer from = k.at(k.atRow(x, row, stride, place.vector()), column, place.vector());
    return k.load(from, place.count());
  }

  /** The first stream plus index, in two halves. */
  private static List<B32> stream(PtxAssembler k, List<B32> first, B32 index) {
    B32 low = k.add(first.get(0), index);
    B32 carry = k.select(k.lt(low, index), 1, 0);
    return List.of(low, k.add(first.get(1), carry));
  }

  /** Random words of a vector's elements; of a single element, one of its block's four. */
  private static List<B32> words(
      PtxAssembler k, Elementwise.Place place, List<B32> stream, List<B32> seed) {
    if (place.count() > 1) {
      List<B32> words = new ArrayList<>();
      int blocks = place.count() / WORDS;
      List<B32> first = k.halves(k.mulWide(place.index(), blocks));
      for (int b = 0; b < blocks; b++) {
        words.addAll(k.philox(List.of(k.add(first.get(0), b), first.get(1)), stream, seed));
      }
      return words;
    }
    B32 number = place.element() == null ? place.index() : place.element();
    List<B32> block = List.of(k.shr(number, 2), k.constant(0));
    if (place.element() != null) {
      List<B32> first = k.halves(k.mulWide(place.index(), place.vector() / WORDS));
      block = List.of(k.add(first.get(0), block.get(0)), first.get(1));
    }
    List<B32> four = k.philox(block, stream, seed);
    B32 which = k.and(number, WORDS - 1);
    B32 low = k.select(k.eq(which, 0), four.get(0), four.get(1));
    B32 high = k.select(k.eq(which, 2), four.get(2), four.get(3));
    return List.of(k.select(k.lt(which, 2), low, high));
  }
}
