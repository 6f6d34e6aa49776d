package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.List;
import java.util.function.BiConsumer;
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
 * more than are kept, the row is read again for every eight bits of a search, from cache.
 *
 * @param logits type of the rows
 * @param vocab elements of a row
 * @param vector elements of an access
 */
public record SampleToken(ElementType logits, int vocab, int vector) implements Kernel {
  private static final int THREADS = 1024;

  /** Logits that a thread keeps. */
  private static final int KEPT = 4;

  /** Vectors of a row that a thread asks for at once. */
  private static final int AT_ONCE = 4;

  /** Stands for as many kept logits where all of the row is to be read. */
  private static final int NOT_KEPT = -1;

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
    ElementPointer in = k.input("logits", logits, vector);
    GlobalPointer uniforms = k.pointer("uniforms", Float.BYTES);
    GlobalPointer tokens = k.pointer("tokens", Integer.BYTES);
    F32 inverseTemperature = k.number("inverseTemperature");
    B32 topK = k.size("topK");
    F32 excluded = k.number("excluded");

    AlignedRow row = AlignedRow.of(k, in, k.blockX(), vocab, vector);
    RadixSearch search = new RadixSearch(k);
    F32 largest = k.variable(Float.NEGATIVE_INFINITY);
    row.forEachLoaded(
        THREADS,
        AT_ONCE,
        (elements, index) -> k.assign(largest, elements.stream().reduce(largest, k::max)));
    F32 max = k.blockMax(largest);
    Logits candidates = new Logits(k, row);
    B32 least = k.variable(k.constant(0));
    k.ifThen(
        k.lt(topK, THREADS + 1),
        () -> {
          B32 rank =
              search.find(
                  31,
                  16,
                  taker -> taker.take(null, rank(k, largest), () -> k.constant(1)),
                  all -> k.sub(topK, k.constant(1)));
          candidates.keep(lowest(k, rank, 16));
        });
    k.ifThen(
        k.lt(topK, vocab),
        () -> {
          B32 rank =
              search.find(
                  31,
                  lowestBit(),
                  taker ->
                      candidates.forEach(
                          (x, id) -> taker.take(null, rank(k, x), () -> k.constant(1))),
                  all -> k.sub(topK, k.constant(1)));
          k.assign(least, lowest(k, rank, lowestBit()));
        });

    UnaryOperator<F32> weight = x -> k.expOfNonPositive(k.mul(k.sub(x, max), inverseTemperature));
    F32 mine = k.variable(0f);
    candidates.forEach(
        (x, id) ->
            k.ifThen(k.ge(key(k, x), least), () -> k.assign(mine, k.add(mine, weight.apply(x)))));
    F32 scale = k.div(k.constant(ALL_WEIGHTS), k.blockSum(mine));
    UnaryOperator<F32> scaled = x -> k.mul(weight.apply(x), scale);
    B32 cut = k.variable(least);
    k.ifThen(
        k.gt(excluded, 0f),
        () ->
            k.assign(
                cut,
                search.find(
                    31,
                    lowestBit(),
                    taker ->
                        candidates.forEach(
                            (x, id) -> {
                              B32 key = key(k, x);
                              taker.take(k.ge(key, least), key, () -> k.toWhole(scaled.apply(x)));
                            }),
                    all -> share(k, excluded, all))));
    F32 u = k.loadFloatReadOnly(k.at(uniforms, k.blockX(), Float.BYTES));
    B32 token =
        search.find(
            31 - Integer.numberOfLeadingZeros(vocab),
            0,
            taker ->
                candidates.forEach(
                    (x, id) ->
                        taker.take(k.ge(key(k, x), cut), id, () -> k.toWhole(scaled.apply(x)))),
            all -> share(k, u, all));
    k.storeIf(k.eq(k.threadIndex(), 0), k.at(tokens, k.blockX(), Integer.BYTES), token);
  }

  /** A part of a sum of weights, below the sum. */
  private static B32 share(PtxAssembler k, F32 fraction, B32 sum) {
    return k.min(k.toWhole(k.mul(k.toFloat(sum), fraction)), k.sub(sum, k.constant(1)));
  }

  /** Whole numbers that order as the floats do. */
  private static B32 key(PtxAssembler k, F32 x) {
    B32 bits = k.bits(x);
    B32 negative = k.sub(k.constant(0), k.shr(bits, 31));
    return k.xor(bits, k.or(negative, 0x80000000));
  }

  /** Whole numbers that order the other way round. */
  private static B32 rank(PtxAssembler k, F32 x) {
    return k.xor(key(k, x), -1);
  }

  /** The lowest key of a rank of which only the bits from {@code lowestBit} on are known. */
  private static B32 lowest(PtxAssembler k, B32 rank, int lowestBit) {
    return k.xor(k.or(rank, (1 << lowestBit) - 1), -1);
  }

  /** Minus infinity for what is no number. */
  private static F32 number(PtxAssembler k, F32 x) {
    return k.max(x, Float.NEGATIVE_INFINITY);
  }

  /** The logits that can be drawn: those of a thread that are kept, or all of the row. */
  private static final class Logits {
    private final PtxAssembler k;
    private final AlignedRow row;
    private final SharedPointer values;
    private final SharedPointer ids;
    private final B32 kept;

    Logits(PtxAssembler k, AlignedRow row) {
      this.k = k;
      this.row = row;
      values = k.shared(KEPT * THREADS * Float.BYTES);
      ids = k.shared(KEPT * THREADS * Integer.BYTES);
      kept = k.variable(k.constant(NOT_KEPT));
    }

    /** Keeps those from a key on, unless a thread has too many of them. */
    void keep(B32 bound) {
      B32 count = k.variable(k.constant(0));
      row.forEachLoaded(
          THREADS,
          AT_ONCE,
          (elements, index) -> {
            F32 largest = number(k, elements.stream().reduce(k::max).orElseThrow());
            k.ifThen(
                k.ge(key(k, largest), bound),
                () -> {
                  for (int e = 0; e < elements.size(); e++) {
                    F32 x = number(k, elements.get(e));
                    B32 id = k.add(index, e);
                    Pred takes = k.ge(key(k, x), bound);
                    Pred fits = k.and(takes, k.lt(count, KEPT));
                    k.storeIf(fits, place(values, count), x);
                    k.storeIf(fits, place(ids, count), id);
                    k.assign(count, k.add(count, k.select(takes, 1, 0)));
                  }
                });
          });
      B32 fits = k.blockMin(k.select(k.lt(count, KEPT + 1), 1, 0));
      k.assign(kept, k.select(k.eq(fits, 1), count, k.constant(NOT_KEPT)));
    }

    /** Calls {@code visitor} with each logit of this thread and its id. */
    void forEach(BiConsumer<F32, B32> visitor) {
      k.ifThenElse(
          k.eq(kept, NOT_KEPT),
          () ->
              row.forEachLoaded(
                  THREADS,
                  AT_ONCE,
                  (elements, index) -> {
                    for (int e = 0; e < elements.size(); e++) {
                      visitor.accept(number(k, elements.get(e)), k.add(index, e));
                    }
                  }),
          () ->
              k.forRange(
                  0,
                  kept,
                  1,
                  n -> visitor.accept(k.loadFloat(place(values, n)), k.load(place(ids, n)))));
    }

    /** Kept logits of a thread lie a block's threads apart: neighbours in neighbouring banks. */
    private SharedPointer place(SharedPointer array, B32 n) {
      B32 index = k.mad(n, THREADS, k.threadIndex());
      return k.at(array, index, Integer.BYTES);
    }
  }
}
