package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Draws a token of each row with its softmax probability: of the k largest logits (and those equal
 * to the k-th), of these of the least set of probability p (and those equal to its least), by
 * inverting the cumulative distribution in the order of token ids.
 *
 * <pre>
 * row = blockIdx.x;  key(x) = the float's bits, turned so that they order as the floats do
 * max = blockMax(m = largest logit of this thread)
 * if (k &lt;= threads)  bound = the k-th largest of all m, cut off to 16 bits    // at most the k-th
 *   keep the logits with key(x) &gt;= bound in shared memory, 4 a thread; if more, read the row again
 * least = where the count of logits, in descending order of keys, exceeds k - 1
 * w(x) = exp((x - max) / temperature), in units of the sum of all w with key(x) &gt;= least over 2^31
 * cut = where the sum of w, in ascending order of keys, exceeds (1 - p) * all
 * token = where the sum of w, in ascending order of ids and with key(x) &gt;= cut, exceeds u * all
 * </pre>
 *
 * <p>All three are searches in whole numbers ({@link RadixSearch}), so nothing is sorted and no sum
 * depends on an order. A NaN counts as minus infinity; a row without a finite largest logit gives
 * some token. Least bytes: the rows read. Few large logits are read twice; without top-k, or with
 * more than are kept, the row is read again for every eight bits of a search, from cache. A FLOP a
 * logit, and in each search an exponential for each that can be drawn.
 *
 * @param logits type of the rows
 * @param vocab elements of a row
 * @param vector elements of an access
 */
public record SampleToken(ElementType logits, int vocab, int vector) implements Kernel {
  private static final int THREADS = 1024;

  /** Vectors of a row that a thread asks for at once. */
  private static final int AT_ONCE = 4;

  private static final float ALL_WEIGHTS = 0x1p31f;

  /**
   * What to launch.
   *
   * @param logits [rows, vocab]
   * @param temperature above 0; {@link ArgMax} is for 0
   * @param topK at least 1; vocab for all
   * @param topP above 0; 1 for all
   * @param uniforms fp32 [rows], from 0 to below 1
   * @param tokens 32-bit [rows]
   */
  public static List<Launch> launches(
      Array logits,
      float temperature,
      int topK,
      float topP,
      Array uniforms,
      DeviceSlice tokens,
      int rows,
      int vocab) {
    if (!(temperature > 0) || topK < 1 || !(topP > 0)) {
      throw new IllegalArgumentException(
          "sampling with temperature %s, top-k %d, top-p %s: all must be positive"
              .formatted(temperature, topK, topP));
    }
    if (rows == 0) {
      return List.of();
    }
    return List.of(
        Launch.of(
            new SampleToken(logits.type(), vocab, AlignedRow.vector(logits, rows, vocab)),
            Grid.of(rows),
            logits.require("logits", (long) rows * vocab),
            uniforms.require("uniforms", rows),
            tokens.require("tokens", (long) rows * Integer.BYTES, Integer.BYTES),
            1 / temperature,
            Math.min(topK, vocab),
            Math.max(0, 1 - topP)));
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  /** The lowest bit in which keys of this type may differ, rounded down to a multiple of 8. */
  private int lowestBit() {
    return switch (logits) {
      case BF16 -> 16;
      case F16 -> 8;
      case F32 -> 0;
    };
  }

  @Override
  public void emit(PtxAssembler k) {
    new Block(k).run();
  }

  /** The instructions of a block. */
  private final class Block {
    private final PtxAssembler k;
    private final GlobalPointer uniforms;
    private final GlobalPointer tokens;
    private final F32 inverseTemperature;
    private final B32 topK;
    private final F32 excluded;
    private final AlignedRow row;
    private final RadixSearch search;

    Block(PtxAssembler k) {
      this.k = k;
      ElementPointer in = k.input("logits", logits, vector);
      uniforms = k.pointer("uniforms", Float.BYTES);
      tokens = k.pointer("tokens", Integer.BYTES);
      inverseTemperature = k.number("inverseTemperature");
      topK = k.size("topK");
      excluded = k.number("excluded");
      row = AlignedRow.of(k, in, k.blockX(), vocab, vector);
      search = new RadixSearch(k);
    }

    void run() {
      F32 largest = largest();
      F32 max = k.blockMax(largest);
      KeptLogits candidates = new KeptLogits(k, row, THREADS, AT_ONCE);
      B32 least = k.variable(k.constant(0));
      k.ifThen(k.lt(topK, THREADS + 1), () -> candidates.keep(bound(largest)));
      k.ifThen(k.lt(topK, vocab), () -> k.assign(least, least(candidates)));
      UnaryOperator<F32> weight = scaledWeight(candidates, max, least);
      B32 cut = k.variable(least);
      k.ifThen(k.gt(excluded, 0f), () -> k.assign(cut, cut(candidates, weight, least)));
      F32 u = k.loadFloatReadOnly(k.at(uniforms, k.blockX(), Float.BYTES));
      B32 token = token(candidates, weight, cut, u);
      k.storeIf(k.eq(k.threadIndex(), 0), k.at(tokens, k.blockX(), Integer.BYTES), token);
    }

    /** The largest logit of this thread. */
    private F32 largest() {
      F32 largest = k.variable(Float.NEGATIVE_INFINITY);
      row.forEachLoaded(
          THREADS,
          AT_ONCE,
          (elements, index) -> k.assign(largest, elements.stream().reduce(largest, k::max)));
      return largest;
    }

    /** A key that the k-th largest logit is not below: that of the k-th largest of all threads. */
    private B32 bound(F32 largest) {
      B32 rank =
          search.find(
              31,
              16,
              taker -> taker.take(null, rank(largest), () -> k.constant(1)),
              all -> k.sub(topK, k.constant(1)));
      return lowest(rank, 16);
    }

    /** The key of the k-th largest logit. */
    private B32 least(KeptLogits candidates) {
      B32 rank =
          search.find(
              31,
              lowestBit(),
              taker ->
                  candidates.forEach((x, id) -> taker.take(null, rank(x), () -> k.constant(1))),
              all -> k.sub(topK, k.constant(1)));
      return lowest(rank, lowestBit());
    }

    /** The weight of a logit, in units of which all from {@code least} on have 2³¹. */
    private UnaryOperator<F32> scaledWeight(KeptLogits candidates, F32 max, B32 least) {
      UnaryOperator<F32> weight = x -> k.expOfNonPositive(k.mul(k.sub(x, max), inverseTemperature));
      F32 mine = k.variable(0f);
      candidates.forEach(
          (x, id) ->
              k.ifThen(
                  k.ge(KeptLogits.key(k, x), least),
                  () -> k.assign(mine, k.add(mine, weight.apply(x)))));
      F32 scale = k.div(k.constant(ALL_WEIGHTS), k.blockSum(mine));
      return x -> k.mul(weight.apply(x), scale);
    }

    /** The least key of the set of probability p. */
    private B32 cut(KeptLogits candidates, UnaryOperator<F32> weight, B32 least) {
      return search.find(
          31,
          lowestBit(),
          taker ->
              candidates.forEach(
                  (x, id) -> {
                    B32 key = KeptLogits.key(k, x);
                    taker.take(k.ge(key, least), key, () -> k.toWhole(weight.apply(x)));
                  }),
          all -> share(excluded, all));
    }

    /** The id at which the weights of keys from {@code cut} on exceed a part of their sum. */
    private B32 token(KeptLogits candidates, UnaryOperator<F32> weight, B32 cut, F32 u) {
      return search.find(
          31 - Integer.numberOfLeadingZeros(vocab),
          0,
          taker ->
              candidates.forEach(
                  (x, id) ->
                      taker.take(
                          k.ge(KeptLogits.key(k, x), cut), id, () -> k.toWhole(weight.apply(x)))),
          all -> share(u, all));
    }

    /** A part of a sum of weights, below the sum. */
    private B32 share(F32 fraction, B32 sum) {
      return k.min(k.toWhole(k.mul(k.toFloat(sum), fraction)), k.sub(sum, k.constant(1)));
    }

    /** Whole numbers that order the other way round. */
    private B32 rank(F32 x) {
      return k.xor(KeptLogits.key(k, x), -1);
    }

    /** The lowest key of a rank of which only the bits from {@code lowestBit} on are known. */
    private B32 lowest(B32 rank, int lowestBit) {
      return k.xor(k.or(rank, (1 << lowestBit) - 1), -1);
    }
  }
}
