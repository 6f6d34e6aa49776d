package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.function.BiConsumer;

/**
 * The logits that {@link SampleToken} can draw: few of each thread that are kept in shared memory,
 * or all of the row.
 */
final class KeptLogits {
  /** Logits that a thread keeps. */
  private static final int KEPT = 4;

  /** Stands for as many kept logits where all of the row is to be read. */
  private static final int NOT_KEPT = -1;

  private final PtxAssembler k;
  private final AlignedRow row;
  private final int threads;
  private final int atOnce;
  private final SharedPointer values;
  private final SharedPointer ids;
  private final B32 kept;

  /**
   * All of a row.
   *
   * @param threads of the block
   * @param atOnce vectors of the row that a thread asks for at once
   */
  KeptLogits(PtxAssembler k, AlignedRow row, int threads, int atOnce) {
    this.k = k;
    this.row = row;
    this.threads = threads;
    this.atOnce = atOnce;
    values = k.shared(KEPT * threads * Float.BYTES);
    ids = k.shared(KEPT * threads * Integer.BYTES);
    kept = k.variable(k.constant(NOT_KEPT));
  }

  /** Keeps those from a key on, unless a thread has too many of them. */
  void keep(B32 bound) {
    B32 count = k.variable(k.constant(0));
    row.forEachLoaded(
        threads,
        atOnce,
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
                threads,
                atOnce,
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
    B32 index = k.mad(n, threads, k.threadIndex());
    return k.at(array, index, Integer.BYTES);
  }

  /** Whole numbers that order as the floats do. */
  static B32 key(PtxAssembler k, F32 x) {
    B32 bits = k.bits(x);
    B32 negative = k.sub(k.constant(0), k.shr(bits, 31));
    return k.xor(bits, k.or(negative, 0x80000000));
  }

  /** Minus infinity for what is no number. */
  private static F32 number(PtxAssembler k, F32 x) {
    return k.max(x, Float.NEGATIVE_INFINITY);
  }
}
