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
import java.util.function.Function;

/**
 * Draws a token of each row with its softmax probability: of the k largest logits (and those equal
 * to the k-th), of these of the least set of probability p (and those equal to its least), by
 * inverting the cumulative distribution in the order of token ids.
 *
 * <pre>
 * row = blockIdx.x;  key(x) = the float's bits, turned so that they order as the floats do
 * t = 0;  for bit 31 ... 0:  if (count of key &gt;= (t | bit) is at least k)  t |= bit
 * w(x) = key(x) &gt;= t ? exp((x - max) / temperature) : 0
 * c = 0;  for bit 31 ... 0:  if (sum of w where key &lt; (c | bit) &lt;= (1 - p) * sum of w)  c |= bit
 * w(x) = 0 where key(x) &lt; c;  each thread sums up w over its own range of ids
 * target = u * total;  the thread whose range holds it walks to the token
 * </pre>
 *
 * <p>No sorting: a threshold is found bit by bit, each with a sum over the row, which stays in
 * cache. Least bytes: the rows read. About 64 reads and 32 exponentials an element.
 *
 * @param logits type of the rows
 */
public record SampleToken(ElementType logits) implements Kernel {
  private static final int THREADS = 512;

  /** Times a sum, less than the sum. */
  private static final float JUST_BELOW_ONE = 1 - 0x1p-23f;

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
            new SampleToken(logits.type()),
            Grid.of(rows),
            logits.require("logits", (long) rows * vocab),
            uniforms.require("uniforms", rows),
            tokens.require("tokens", (long) rows * Integer.BYTES, Integer.BYTES),
            vocab,
            1 / temperature,
            (float) Math.min(topK, vocab),
            Math.max(0, 1 - topP)));
  }

  @Override
  public int threadsPerBlock() {
    return THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.input("logits", logits, 1);
    GlobalPointer uniforms = k.pointer("uniforms", Float.BYTES);
    GlobalPointer tokens = k.pointer("tokens", Integer.BYTES);
    B32 vocab = k.size("vocab");
    F32 inverseTemperature = k.number("inverseTemperature");
    F32 topK = k.number("topK");
    F32 excluded = k.number("excluded");
    ElementPointer row = k.atRow(in, k.blockX(), vocab, 1);
    Row scan = new Row(k, row, vocab);

    F32 best = k.variable(Float.NEGATIVE_INFINITY);
    k.forRange(
        k.threadIndex(),
        vocab,
        THREADS,
        i -> k.assign(best, k.max(best, k.loadOne(k.at(row, i, 1)))));
    F32 max = k.blockMax(best);
    B32 least =
        scan.threshold(
            key -> scan.sum(x -> k.select(k.ge(key(k, x), key), k.constant(1f), 0f)),
            count -> k.not(k.lt(count, topK)));
    Function<F32, F32> weight =
        x -> {
          F32 e = k.expOfNonPositive(k.mul(k.sub(x, max), inverseTemperature));
          return k.select(k.ge(key(k, x), least), e, 0f);
        };
    F32 mass = k.mul(scan.sum(weight), excluded);
    B32 cut =
        k.min(
            scan.threshold(
                key -> scan.sum(x -> k.select(k.lt(key(k, x), key), weight.apply(x), 0f)),
                sum -> k.not(k.gt(sum, mass))),
            key(k, max));
    draw(k, row, vocab, uniforms, tokens, x -> k.select(k.ge(key(k, x), cut), weight.apply(x), 0f));
  }

  /** Whole numbers that order as the floats do. */
  private static B32 key(PtxAssembler k, F32 x) {
    B32 bits = k.bits(x);
    B32 negative = k.sub(k.constant(0), k.shr(bits, 31));
    return k.xor(bits, k.or(negative, 0x80000000));
  }

  private static void draw(
      PtxAssembler k,
      ElementPointer row,
      B32 vocab,
      GlobalPointer uniforms,
      GlobalPointer tokens,
      Function<F32, F32> weight) {
    B32 share = k.div(k.add(vocab, THREADS - 1), THREADS);
    B32 first = k.mul(k.threadIndex(), share);
    B32 end = k.min(vocab, k.add(first, share));
    F32 mine = k.variable(0f);
    k.forRange(
        first, end, 1, i -> k.assign(mine, k.add(mine, weight.apply(k.loadOne(k.at(row, i, 1))))));
    SharedPointer sums = k.shared(THREADS * Float.BYTES);
    k.store(k.at(sums, k.threadIndex(), Float.BYTES), mine);
    k.barrier();
    // In the same order by all threads, so one's end is the next one's beginning.
    F32 before = k.variable(0f);
    F32 total = k.variable(0f);
    k.forRange(
        THREADS,
        1,
        j -> {
          k.assign(before, k.select(k.eq(j, k.threadIndex()), total, before));
          k.assign(total, k.add(total, k.loadFloat(k.at(sums, j, Float.BYTES))));
        });
    F32 u = k.loadFloatReadOnly(k.at(uniforms, k.blockX(), Float.BYTES));
    F32 target = k.mul(u, k.mul(total, JUST_BELOW_ONE));
    F32 after = k.add(before, mine);
    Pred holds = k.and(k.not(k.gt(before, target)), k.gt(after, target));
    k.ifThen(
        holds,
        () -> {
          F32 sum = k.variable(before);
          B32 token = k.variable(first);
          B32 i = k.variable(first);
          // The last token with a weight, if rounding hides the one that crosses the target.
          k.whileLoop(
              () -> k.and(k.lt(i, end), k.not(k.gt(sum, target))),
              () -> {
                F32 w = weight.apply(k.loadOne(k.at(row, i, 1)));
                k.assign(token, k.select(k.gt(w, 0f), i, token));
                k.assign(sum, k.add(sum, w));
                k.assign(i, k.add(i, 1));
              });
          k.store(k.at(tokens, k.blockX(), Integer.BYTES), token);
        });
  }

  /** Sums over a row, and thresholds by them. */
  private record Row(PtxAssembler k, ElementPointer row, B32 vocab) {

    /** Σ f(x), in every thread. */
    F32 sum(Function<F32, F32> f) {
      F32 sum = k.variable(0f);
      k.forRange(
          k.threadIndex(),
          vocab,
          THREADS,
          i -> k.assign(sum, k.add(sum, f.apply(k.loadOne(k.at(row, i, 1))))));
      return k.blockSum(sum);
    }

    /**
     * The largest key for whose sum the condition holds; it holds up to some key and not beyond.
     */
    B32 threshold(Function<B32, F32> sum, Function<F32, Pred> holds) {
      B32 found = k.variable(k.constant(0));
      B32 bit = k.variable(k.constant(0x80000000));
      k.whileLoop(
          () -> k.ne(bit, 0),
          () -> {
            B32 candidate = k.or(found, bit);
            Pred keeps = holds.apply(sum.apply(candidate));
            k.assign(found, k.select(keeps, candidate, found));
            k.assign(bit, k.shr(bit, 1));
          });
      return found;
    }
  }
}
