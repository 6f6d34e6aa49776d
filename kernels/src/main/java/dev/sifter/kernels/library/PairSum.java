package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * Σ x, or the sum of sums made before, as a {@link FloatPair}, in a fixed tree.
 *
 * <pre>
 * for (i = blockIdx.x * 256 + threadIdx.x; i &lt; n; i += gridDim.x * 256)
 *   sum = pairAdd(sum, x[i])                                  // eight x are asked for at once
 * reduce sum over lanes, then over warps;  partial[blockIdx.x] = sum
 * // second launch, one block: the same over the partials
 * </pre>
 *
 * <p>The number of blocks depends on the number of elements only. Least bytes: x read. About 20
 * FLOPs an element.
 *
 * @param ofPairs whether sums made before are summed up
 * @param x type of the array
 * @param vector elements of an access
 */
public record PairSum(boolean ofPairs, ElementType x, int vector) implements Kernel {
  private static final int THREADS = 256;
  private static final int MAX_BLOCKS = 1024;

  /** Vectors or pairs that a thread loads before it adds the first of them. */
  private static final int AHEAD = 8;

  /** Pairs that one block adds up, rather than several and a further launch. */
  private static final int PAIRS_OF_A_BLOCK = 16 * THREADS;

  private static final PairSum OF_PAIRS = new PairSum(true, ElementType.F32, 1);

  /** Fp32 elements that {@link #launchesOfValues} needs. */
  public static final long SCRATCH_ELEMENTS = (long) FloatPair.NUMBERS * MAX_BLOCKS;

  /**
   * What to launch for Σ x.
   *
   * @param scratch fp32 of {@link #SCRATCH_ELEMENTS}
   * @param result fp32 [2]: receives the sum's upper and lower part
   */
  public static List<Launch> launchesOfValues(Array x, long elements, Array scratch, Array result) {
    PairSum kernel = new PairSum(false, x.type(), Vectors.of(x));
    long vectors = elements / kernel.vector;
    int rest = (int) (elements % kernel.vector);
    if (vectors > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%d vectors of elements; a launch takes fewer than 2^31".formatted(vectors));
    }
    int blocks = blocks(vectors);
    return List.of(
        kernel.launch(x, elements, blocks, (int) vectors, rest, scratch),
        launchOfPairs(scratch, blocks, result));
  }

  /** Fp32 elements that {@link #launchesOfPairs} needs for so many. */
  static long scratchElements(int pairs) {
    int blocks = blocksOfPairs(pairs);
    return blocks == 1 ? 0 : (long) FloatPair.NUMBERS * blocks;
  }

  /**
   * What to launch for the sum of such sums.
   *
   * @param pairs fp32 [count][2]
   * @param scratch fp32 of {@link #scratchElements}
   * @param result fp32 [2]
   */
  static List<Launch> launchesOfPairs(Array pairs, int count, Array scratch, Array result) {
    int blocks = blocksOfPairs(count);
    if (blocks == 1) {
      return List.of(launchOfPairs(pairs, count, result));
    }
    long numbers = (long) FloatPair.NUMBERS * count;
    return List.of(
        OF_PAIRS.launch(pairs, numbers, blocks, count, 0, scratch),
        launchOfPairs(scratch, blocks, result));
  }

  /** What to launch for the sum of nothing. */
  static Launch launchOfNone(Array result) {
    return launchOfPairs(result, 0, result);
  }

  private static Launch launchOfPairs(Array pairs, int count, Array result) {
    return OF_PAIRS.launch(pairs, (long) FloatPair.NUMBERS * count, 1, count, 0, result);
  }

  private Launch launch(
      Array from, long numbers, int blocks, int vectors, int rest, Array partial) {
    return Launch.of(
        this,
        Grid.of(blocks),
        from.require("x", numbers),
        partial.require("sums", (long) FloatPair.NUMBERS * blocks),
        vectors,
        rest);
  }

  private static int blocks(long vectors) {
    return Math.clamp(vectors / (THREADS * 4L), 1, MAX_BLOCKS);
  }

  private static int blocksOfPairs(int pairs) {
    return Math.clamp(Math.ceilDiv(pairs, PAIRS_OF_A_BLOCK), 1, MAX_BLOCKS);
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.input("x", x, numbers());
    ElementPointer partial = k.output("sums", ElementType.F32, 1);
    B32 vectors = k.size("vectors");
    B32 rest = k.size("rest");
    FloatPair sum = FloatPair.variable(k);
    B32 start = k.mad(k.blockX(), THREADS, k.threadIndex());
    B32 step = k.mul(k.gridX(), THREADS);
    k.forRange(
        start,
        vectors,
        k.mul(step, AHEAD),
        first -> {
          List<List<F32>> loaded = new ArrayList<>();
          B32 i = first;
          for (int j = 0; j < AHEAD; j++) {
            loaded.add(k.loadIf(k.lt(i, vectors), k.at(in, i, numbers()), numbers()));
            i = k.add(i, step);
          }
          loaded.forEach(numbers -> addTo(k, sum, numbers));
        });
    if (vector > 1) {
      k.ifThen(
          k.lt(start, rest),
          () -> {
            ElementPointer element = k.at(k.at(in, vectors, vector), start, 1);
            sum.increase(k, FloatPair.of(k, k.loadOne(element)));
          });
    }
    FloatPair total = sum.blockSum(k);
    k.ifThen(
        k.eq(k.threadIndex(), 0),
        () -> total.store(k, k.at(partial, k.blockX(), FloatPair.NUMBERS)));
  }

  /** Numbers that are loaded at once. */
  private int numbers() {
    return ofPairs ? FloatPair.NUMBERS : vector;
  }

  private void addTo(PtxAssembler k, FloatPair sum, List<F32> numbers) {
    if (ofPairs) {
      sum.increase(k, new FloatPair(numbers.get(0), numbers.get(1)));
    } else {
      numbers.forEach(number -> sum.increase(k, FloatPair.of(k, number)));
    }
  }
}
