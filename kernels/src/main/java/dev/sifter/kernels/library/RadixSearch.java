package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Finds among the weighted keys of a block the one at which the weights, added up in ascending
 * order of keys, first exceed a target; eight bits of the key at a time, the highest first.
 *
 * <pre>
 * found = 0
 * for (shift = 24; shift &gt;= lowest bit; shift -= 8)
 *   for each (key, weight) whose bits above the digit are those of found:
 *     bins[key &gt;&gt; shift &amp; 255][lane] += weight                     // in shared memory
 *   d = the digit with  sum of bins below d &lt;= target &lt; sum of bins up to d
 *   target -= sum of bins below d;  found |= d &lt;&lt; shift
 * </pre>
 *
 * <p>Weights are whole numbers, so that the order in which they are added makes no difference. Each
 * lane has bins of its own: those of a warp never wait for each other, however alike their keys.
 */
final class RadixSearch {
  private static final int DIGIT_BITS = 8;
  private static final int DIGITS = 1 << DIGIT_BITS;
  private static final int BIN_BYTES = PtxAssembler.WARP * Integer.BYTES;

  private final PtxAssembler k;
  private final SharedPointer bins;
  private final SharedPointer totals;
  private final int digitsOfWarp;

  /** One of a block, whose threads must be a power of two of at most 256 warps. */
  RadixSearch(PtxAssembler k) {
    this.k = k;
    bins = k.shared(DIGITS * BIN_BYTES);
    totals = k.shared(DIGITS * Integer.BYTES);
    digitsOfWarp = DIGITS / k.warps();
    for (int d = 0; d < digitsOfWarp; d++) {
      k.store(ofMyWarp(d), k.constant(0));
    }
    k.barrier();
  }

  /** Weighted keys, in any order. */
  interface Entries {
    void forEach(Taker taker);
  }

  /** Takes a key that may be left out; what it weighs is only asked where it counts. */
  interface Taker {
    void take(Pred included, B32 key, Supplier<B32> weight);
  }

  /**
   * The key, with zeros below the lowest bit. Where no weight exceeds the target, some key or 0.
   *
   * @param highest bit that any key has, or one above
   * @param lowest bit that is looked for: a multiple of 8
   * @param entries the same in each round; asked by all threads together
   * @param target what must be exceeded, of the sum of all weights
   */
  B32 find(int highest, int lowest, Entries entries, UnaryOperator<B32> target) {
    int first = highest / DIGIT_BITS * DIGIT_BITS;
    B32 found = k.variable(k.constant(0));
    B32 rest = k.variable(k.constant(0));
    B32 left = k.variable(k.constant((first - lowest) / DIGIT_BITS + 1));
    B32 shift = k.variable(k.constant(first));
    k.whileLoop(
        () -> k.ne(left, 0),
        () -> {
          entries.forEach(
              (included, key, weight) -> {
                // Above the digit there is nothing left where the bits are those of found.
                B32 digit = k.shr(k.xor(key, found), shift);
                Pred counts = k.lt(digit, DIGITS);
                k.ifThen(
                    included == null ? counts : k.and(included, counts),
                    () -> k.atomicAdd(bin(digit), weight.get()));
              });
          k.barrier();
          sumUp();
          k.barrier();
          choose(found, rest, shift, k.eq(shift, first), target);
          k.assign(shift, k.sub(shift, k.constant(DIGIT_BITS)));
          k.assign(left, k.sub(left, k.constant(1)));
        });
    return found;
  }

  private SharedPointer bin(B32 digit) {
    return k.at(k.at(bins, digit, BIN_BYTES), k.laneIndex(), Integer.BYTES);
  }

  private SharedPointer ofMyWarp(int d) {
    return bin(k.mad(k.warpIndex(), digitsOfWarp, k.constant(d)));
  }

  /** Each warp sums up its digits' bins over the lanes, and clears them for the next round. */
  private void sumUp() {
    B32 mine = k.variable(k.constant(0));
    for (int d = 0; d < digitsOfWarp; d++) {
      SharedPointer bin = ofMyWarp(d);
      B32 sum = k.warpSum(k.load(bin));
      k.store(bin, k.constant(0));
      k.assign(mine, k.select(k.eq(k.laneIndex(), d), sum, mine));
    }
    B32 digit = k.mad(k.warpIndex(), digitsOfWarp, k.laneIndex());
    k.storeIf(k.lt(k.laneIndex(), digitsOfWarp), k.at(totals, digit, Integer.BYTES), mine);
  }

  /** The digit where the sum crosses the target; each warp finds it for itself. */
  private void choose(B32 found, B32 rest, B32 shift, Pred first, UnaryOperator<B32> target) {
    int each = DIGITS / PtxAssembler.WARP;
    SharedPointer mine = k.at(totals, k.laneIndex(), each * Integer.BYTES);
    List<B32> sums =
        List.of(k.loadWords(mine, each / 2), k.loadWords(mine.plus(2L * each), each / 2)).stream()
            .flatMap(List::stream)
            .toList();
    B32 own = sums.stream().reduce(k::add).orElseThrow();
    B32 upTo = own;
    for (int distance = 1; distance < PtxAssembler.WARP; distance *= 2) {
      B32 before = k.shuffleUp(upTo, distance);
      upTo = k.add(upTo, k.select(k.lt(k.laneIndex(), distance), k.constant(0), before));
    }
    B32 all = k.shuffle(upTo, PtxAssembler.WARP - 1);
    k.assign(rest, k.select(first, target.apply(all), rest));
    B32 below = k.sub(upTo, own);
    B32 crossed = k.variable(k.constant(0));
    B32 belowCrossed = k.variable(k.constant(0));
    B32 has = k.variable(k.constant(0));
    for (int d = 0; d < each; d++) {
      B32 next = k.add(below, sums.get(d));
      Pred crosses = k.and(k.le(below, rest), k.lt(rest, next));
      B32 digit = k.mad(k.laneIndex(), each, k.constant(d));
      k.assign(crossed, k.select(crosses, digit, crossed));
      k.assign(belowCrossed, k.select(crosses, below, belowCrossed));
      k.assign(has, k.select(crosses, k.constant(1), has));
      below = next;
    }
    B32 lane =
        k.sub(
            k.constant(PtxAssembler.WARP - 1),
            k.min(k.leadingZeros(k.ballot(k.ne(has, 0))), PtxAssembler.WARP - 1));
    k.assign(rest, k.sub(rest, k.shuffle(belowCrossed, lane)));
    k.assign(found, k.or(found, k.shl(k.shuffle(crossed, lane), shift)));
  }
}
