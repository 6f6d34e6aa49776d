package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * Σ x² over any number of arrays, as a {@link FloatPair}, in a fixed tree: for norms of gradients.
 *
 * <pre>
 * for (each x of this block's chunk)          // TensorTables; a thread loads all of its x first
 *   p = x*x;  sum = pairAdd(sum, {p, fma(x, x, -p)})
 * reduce sum over lanes, then over warps;  sums[blockIdx.x] = sum
 * // then PairSum over the chunks' sums
 * </pre>
 *
 * <p>The tree depends on the arrays' sizes and order only. Least bytes: x read. About 22 FLOPs an
 * element.
 *
 * @param x type of the arrays
 * @param vector elements of an access
 */
public record SquareSum(ElementType x, int vector) implements Kernel {

  /** Fp32 elements of scratch memory that {@link #launches} needs. */
  public static long scratchElements(List<Array> arrays) {
    int chunks = chunks(arrays);
    return FloatPair.NUMBERS * (long) chunks + PairSum.scratchElements(chunks);
  }

  private static int chunks(List<Array> arrays) {
    return arrays.stream()
        .mapToInt(array -> TensorTables.chunks(array.elements()))
        .reduce(0, Math::addExact);
  }

  /**
   * What to launch.
   *
   * @param arrays summed up whole
   * @param scratch fp32 of {@link #scratchElements}; null if that is 0
   * @param result fp32 [2]: receives the sum's upper and lower part
   */
  public static List<Launch> launches(
      List<Array> arrays, TablePlace place, Array scratch, Array result) {
    int chunks = chunks(arrays);
    if (chunks == 0) {
      return List.of(PairSum.launchOfNone(result));
    }
    TensorTables<SquareSum> tables = new TensorTables<>();
    for (Array array : arrays) {
      long elements = array.elements();
      SquareSum kernel = new SquareSum(array.type(), Vectors.of(array));
      tables.add(kernel, elements, List.of(array.require("x", elements)));
    }
    DeviceSlice sums = scratch.require("scratch", scratchElements(arrays));
    long bytes = (long) FloatPair.NUMBERS * Float.BYTES;
    List<Launch> launches =
        new ArrayList<>(
            tables.launches(
                place,
                block -> List.of(sums.slice(bytes * block, sums.byteSize() - bytes * block))));
    Array pairs = scratch.part(0, bytes * chunks);
    Array rest = scratch.part(bytes * chunks, sums.byteSize() - bytes * chunks);
    launches.addAll(PairSum.launchesOfPairs(pairs, chunks, rest, result));
    return launches;
  }

  @Override
  public int threadsPerBlock() {
    return TensorTables.THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    TensorTables.Chunk chunk = TensorTables.Chunk.declare(k, 1, 0, vector);
    ElementPointer sums = k.output("sums", ElementType.F32, 1);
    ElementPointer in = chunk.input(0, x);
    FloatPair sum = FloatPair.variable(k);
    chunk.forEachLoaded(
        in, values -> values.forEach(value -> sum.increase(k, FloatPair.square(k, value))));
    FloatPair total = sum.blockSum(k);
    k.ifThen(
        k.eq(k.threadIndex(), 0), () -> total.store(k, k.at(sums, k.blockX(), FloatPair.NUMBERS)));
  }
}
