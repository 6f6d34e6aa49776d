package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * Σ x² or Σ x, as the sum of two fp32 numbers, high + low: about 48 bits, in a fixed tree. For
 * norms of gradients.
 *
 * <p>A product's rounding error is itself an fp32 number, which one fma gives; that of a sum too,
 * after Knuth. So every x² is exact as long as it neither overflows nor falls below 2⁻¹²⁶ (|x| from
 * 10⁻¹⁹ to 10¹⁹), and a sum of two such pairs loses 2⁻⁴⁸ of itself.
 *
 * <pre>
 * for (i = blockIdx.x * 256 + threadIdx.x; i &lt; n; i += gridDim.x * 256)
 *   p = x[i]*x[i];  sum = pairAdd(sum, {p, fma(x[i], x[i], -p)})
 * reduce sum over lanes, then over warps;  partial[blockIdx.x] = sum
 * // second launch, one block: the same over the partials
 * </pre>
 *
 * <p>The number of blocks depends on the number of elements only. Least bytes: x read. About 22
 * FLOPs an element.
 *
 * @param terms what is summed up
 * @param x type of the array
 * @param vector elements of an access
 */
public record PairSum(Terms terms, ElementType x, int vector) implements Kernel {

  /** What is summed up. */
  public enum Terms {
    /** x. */
    VALUES,
    /** x². */
    SQUARES,
    /** Sums made before. */
    PAIRS
  }

  private static final int THREADS = 256;
  private static final int MAX_BLOCKS = 1024;

  /** Fp32 elements that {@link #launches} needs. */
  public static final long SCRATCH_ELEMENTS = 2 * MAX_BLOCKS;

  /**
   * What to launch for Σ x².
   *
   * @param scratch fp32 of {@link #SCRATCH_ELEMENTS}
   * @param result fp32 [2]: receives the sum's upper and lower part
   */
  public static List<Launch> launchesOfSquares(
      Array x, long elements, Array scratch, Array result) {
    return launches(Terms.SQUARES, x, elements, scratch, result);
  }

  /** What to launch for Σ x; otherwise as {@link #launchesOfSquares}. */
  public static List<Launch> launchesOfValues(Array x, long elements, Array scratch, Array result) {
    return launches(Terms.VALUES, x, elements, scratch, result);
  }

  private static List<Launch> launches(
      Terms terms, Array x, long elements, Array scratch, Array result) {
    PairSum first = new PairSum(terms, x.type(), Vectors.of(x));
    long vectors = elements / first.vector;
    int rest = (int) (elements % first.vector);
    if (vectors > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%d vectors of elements; a launch takes fewer than 2^31".formatted(vectors));
    }
    int blocks = Math.clamp(vectors / (THREADS * 4L), 1, MAX_BLOCKS);
    return List.of(
        Launch.of(
            first,
            Grid.of(blocks),
            x.require("x", elements),
            scratch.require("scratch", 2L * blocks),
            (int) vectors,
            rest),
        launchOfPairs(scratch, blocks, result));
  }

  /**
   * What to launch for the sum of such sums.
   *
   * @param pairs fp32 [count][2]
   * @param result fp32 [2]
   */
  public static Launch launchOfPairs(Array pairs, int count, Array result) {
    return Launch.of(
        new PairSum(Terms.PAIRS, ElementType.F32, 1),
        Grid.of(1),
        pairs.require("pairs", 2L * count),
        result.require("result", 2),
        count,
        0);
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  /** high + low, with |low| at most half a unit in the last place of high. */
  private record Pair(F32 high, F32 low) {}

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.input("x", x, vector);
    ElementPointer partial = k.output("sums", ElementType.F32, 1);
    B32 vectors = k.size("vectors");
    B32 rest = k.size("rest");
    Pair sum = new Pair(k.variable(0f), k.variable(0f));
    B32 start = k.mad(k.blockX(), THREADS, k.threadIndex());
    k.forRange(start, vectors, k.mul(k.gridX(), THREADS), i -> addTo(k, sum, in, i));
    if (vector > 1) {
      k.ifThen(
          k.lt(start, rest),
          () -> {
            ElementPointer element = k.at(k.at(in, vectors, vector), start, 1);
            addTerm(k, sum, k.loadOne(element));
          });
    }
    Pair total = blockSum(k, sum);
    ElementPointer to = k.at(partial, k.blockX(), 2);
    k.ifThen(
        k.eq(k.threadIndex(), 0),
        () -> {
          k.store(to, total.high);
          k.store(to.plus(1), total.low);
        });
  }

  private void addTo(PtxAssembler k, Pair sum, ElementPointer in, B32 i) {
    if (terms == Terms.PAIRS) {
      ElementPointer pair = k.at(in, i, 2);
      assign(k, sum, add(k, sum, new Pair(k.loadOne(pair), k.loadOne(pair.plus(1)))));
    } else {
      k.load(k.at(in, i, vector), vector).forEach(value -> addTerm(k, sum, value));
    }
  }

  private void addTerm(PtxAssembler k, Pair sum, F32 value) {
    if (terms == Terms.VALUES) {
      assign(k, sum, add(k, sum, new Pair(value, k.constant(0f))));
    } else {
      F32 square = k.mul(value, value);
      assign(k, sum, add(k, sum, new Pair(square, k.fma(value, value, k.neg(square)))));
    }
  }

  private static void assign(PtxAssembler k, Pair variable, Pair value) {
    k.assign(variable.high, value.high);
    k.assign(variable.low, value.low);
  }

  /** Knuth's two-sum of the upper parts; the lower parts join its error. */
  private static Pair add(PtxAssembler k, Pair a, Pair b) {
    F32 sum = k.add(a.high, b.high);
    F32 ofB = k.sub(sum, a.high);
    F32 error = k.add(k.sub(a.high, k.sub(sum, ofB)), k.sub(b.high, ofB));
    F32 low = k.add(error, k.add(a.low, b.low));
    F32 high = k.add(sum, low);
    return new Pair(high, k.sub(low, k.sub(high, sum)));
  }

  private static Pair blockSum(PtxAssembler k, Pair sum) {
    Pair ofWarp = sum;
    for (int bit = PtxAssembler.WARP / 2; bit > 0; bit /= 2) {
      Pair other = new Pair(k.shuffleXor(ofWarp.high, bit), k.shuffleXor(ofWarp.low, bit));
      ofWarp = add(k, ofWarp, other);
    }
    var slots = k.shared(2 * Float.BYTES * k.warps());
    var mine = k.at(slots, k.warpIndex(), 2 * Float.BYTES);
    k.storeIf(k.eq(k.laneIndex(), 0), mine, ofWarp.high);
    k.storeIf(k.eq(k.laneIndex(), 0), mine.plus(Float.BYTES), ofWarp.low);
    k.barrier();
    Pair total = null;
    for (int w = 0; w < k.warps(); w++) {
      List<F32> pair = k.loadFloats(slots.plus(2L * Float.BYTES * w), 2);
      Pair next = new Pair(pair.get(0), pair.get(1));
      total = total == null ? next : add(k, total, next);
    }
    return total;
  }
}
