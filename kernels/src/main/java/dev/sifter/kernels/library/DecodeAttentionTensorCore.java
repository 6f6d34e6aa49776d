package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link DecodeAttention} in bfloat16 on tensor cores, for up to 8 query heads a key head. What is
 * gained is not FLOPs but instructions: a dozen a key instead of a hundred and twenty, so that all
 * there is to wait for is memory.
 *
 * <pre>
 * warp w has keys 16*(w + 4*step) ... + 15 of the part's 256, for the four steps
 * g = lane / 4;  t = lane % 4
 * S[head][key]   = Q[head][e] * K[key][e]        // mma: heads by 8 keys; lane: head g, keys 2t, 2t+1
 * m = max over all of the warp's keys;  P = exp(S - m);  l = sum of P
 * O[e][head]    += V[key][e] * P[head][key]      // mma: 16 elements by heads; P as S lies
 * combine m, l, O over the warps in order, through shared memory; store as DecodeAttention does
 * </pre>
 *
 * <p>Nothing is shuffled into place. Which element of a head is which term of a product makes no
 * difference as long as Q and K agree, so a lane takes 16 bytes of a key as they lie: terms of two
 * products. Of V it takes the same 16 bytes of four keys, and pairs keys by byte permutations; the
 * rows of O are then elements in another order, which their place in shared memory undoes.
 *
 * <p>P is the sum of two bfloat16 numbers, each with a product of its own: 17 bits, where the units
 * have time to spare. There is no loop, so that the assembler asks for all keys before it uses the
 * first ones. Least bytes: k and v read. 4·headDim·G FLOPs a key.
 *
 * @param shape heads, options, types
 * @param whole whether no sequence has a second part, so that nothing is left to put together
 */
public record DecodeAttentionTensorCore(AttentionShape shape, boolean whole) implements Kernel {
  private static final int WARPS = 4;

  /** Columns of a product, one for each query head of a group. */
  private static final int MAX_HEADS = PtxAssembler.FRAGMENT_COLUMNS;

  /** Keys of a warp's step: terms of a product. */
  private static final int TILE = PtxAssembler.FRAGMENT_TERMS;

  private static final int STEPS = DecodeAttention.PART_KEYS / (WARPS * TILE);

  /** Elements of an access of 16 bytes. */
  private static final int VECTOR = 8;

  /** Words of a vector: each holds the same elements of all keys for two rows of a product. */
  private static final int WORDS = 4;

  /** Whether there is such a kernel for heads of this shape and alignment. */
  static boolean takes(AttentionShape shape, int vector) {
    return shape.fitsTensorCores() && shape.groupSize() <= MAX_HEADS && vector == VECTOR;
  }

  @Override
  public int threadsPerBlock() {
    return WARPS * PtxAssembler.WARP;
  }

  /** Vectors of a key that a lane has: each fourth one. */
  private int keyVectors() {
    return Math.ceilDiv(shape.headDim() / VECTOR, 4);
  }

  /** Vectors of a value that a lane has: each eighth one. */
  private int valueVectors() {
    return Math.ceilDiv(shape.headDim() / VECTOR, 8);
  }

  @Override
  public void emit(PtxAssembler k) {
    DecodeBlock block = DecodeBlock.begin(k, shape, whole, VECTOR);
    new Warp(k, block).run();
  }

  /** The instructions of a warp. */
  private final class Warp {
    private final PtxAssembler k;
    private final DecodeBlock block;
    private final B32 g;
    private final B32 t;
    private final B32 zero;
    private final List<B32> q;

    Warp(PtxAssembler k, DecodeBlock block) {
      this.k = k;
      this.block = block;
      g = k.div(k.laneIndex(), 4);
      t = k.and(k.laneIndex(), 3);
      zero = k.constant(0);
      q = vectors(k.lt(g, shape.groupSize()), block.query(g), t, 4, keyVectors());
    }

    void run() {
      List<List<F32>> scores = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        scores.addAll(scores(keyTile(step), step));
      }
      F32 max = k.variable(Merged.LOWEST);
      scores.forEach(pair -> pair.forEach(score -> k.assign(max, k.max(max, score))));
      F32 ofHead = overKeys(max, true);
      F32 total = k.variable(0f);
      List<List<F32>> probabilities = new ArrayList<>();
      for (List<F32> pair : scores) {
        List<F32> p = Vectors.map(pair, score -> k.expOfNonPositive(k.sub(score, ofHead)));
        p.forEach(value -> k.assign(total, k.add(total, value)));
        probabilities.add(p);
      }
      List<List<F32>> sums = k.fragments(valueVectors() * WORDS);
      for (int step = 0; step < STEPS; step++) {
        add(sums, valueTile(step), probabilities.subList(2 * step, 2 * step + 2));
      }
      store(sums, ofHead, overKeys(total, false));
    }

    /** The key of this step's tile with that number in it. */
    private B32 key(int step, B32 number) {
      B32 start = k.add(block.first(), step * WARPS * TILE);
      return k.add(k.mad(k.warpIndex(), TILE, start), number);
    }

    /** Keys g and g + 8: a lane's vectors of each, as words. */
    private List<List<B32>> keyTile(int step) {
      List<List<B32>> tile = new ArrayList<>();
      for (int half = 0; half < 2; half++) {
        B32 key = key(step, k.add(g, half * TILE / 2));
        tile.add(vectors(k.lt(key, block.end()), block.key(key), t, 4, keyVectors()));
      }
      return tile;
    }

    /** Values of keys 2t, 2t + 1, 2t + 8, 2t + 9: a lane's vectors of each, as words. */
    private List<List<B32>> valueTile(int step) {
      List<List<B32>> tile = new ArrayList<>();
      for (int n : new int[] {0, 1, TILE / 2, TILE / 2 + 1}) {
        B32 key = key(step, k.mad(t, 2, k.constant(n)));
        tile.add(vectors(k.lt(key, block.end()), block.value(key), g, 8, valueVectors()));
      }
      return tile;
    }

    /** Each so-many-th vector of a head from {@code first} on; zeros where there is none. */
    private List<B32> vectors(Pred inside, ElementPointer head, B32 first, int apart, int count) {
      GlobalPointer mine = k.at(head, first, VECTOR).pointer();
      List<B32> words = new ArrayList<>();
      for (int j = 0; j < count; j++) {
        int rest = shape.headDim() / VECTOR - j * apart;
        Pred exists = rest >= apart ? inside : k.and(inside, k.lt(first, rest));
        GlobalPointer from = mine.plus((long) j * apart * VECTOR * ElementType.BF16.bytes());
        words.addAll(k.loadWordsReadOnlyIf(exists, from, WORDS));
      }
      return words;
    }

    /** Of head g, the scores of keys 2t and 2t + 1, and those of the keys eight further on. */
    private List<List<F32>> scores(List<List<B32>> tile, int step) {
      List<List<F32>> scores = new ArrayList<>();
      for (int half = 0; half < 2; half++) {
        List<B32> words = tile.get(half);
        List<F32> sums = k.fragments(1).getFirst();
        for (int w = 0; w < words.size(); w += 2) {
          List<B32> heads = List.of(q.get(w), zero, q.get(w + 1), zero);
          k.mmaBfloat16(heads, words.subList(w, w + 2), sums);
        }
        List<F32> pair = new ArrayList<>();
        for (int n = 0; n < 2; n++) {
          B32 key = key(step, k.mad(t, 2, k.constant(half * TILE / 2 + n)));
          F32 score = block.scores().score(sums.get(n));
          pair.add(k.select(k.lt(key, block.end()), score, Float.NEGATIVE_INFINITY));
        }
        scores.add(pair);
      }
      return scores;
    }

    /** The largest, or the sum, of what the four lanes of a head have. */
    private F32 overKeys(F32 value, boolean largest) {
      F32 result = value;
      for (int bit = 1; bit < 4; bit *= 2) {
        F32 other = k.shuffleXor(result, bit);
        result = largest ? k.max(result, other) : k.add(result, other);
      }
      return result;
    }

    /** sums += values of a tile times the probabilities of its keys. */
    private void add(List<List<F32>> sums, List<List<B32>> tile, List<List<F32>> probabilities) {
      List<B32> upper = new ArrayList<>();
      List<B32> lower = new ArrayList<>();
      for (List<F32> pair : probabilities) {
        B32 rounded = k.pack(ElementType.BF16, pair).getFirst();
        upper.add(rounded);
        List<F32> rest = Vectors.zip(pair, k.unpack(ElementType.BF16, List.of(rounded)), k::sub);
        lower.add(k.pack(ElementType.BF16, rest).getFirst());
      }
      for (int w = 0; w < sums.size(); w++) {
        B32 first = tile.get(0).get(w);
        B32 second = tile.get(1).get(w);
        B32 third = tile.get(2).get(w);
        B32 fourth = tile.get(3).get(w);
        List<B32> elements =
            List.of(
                k.lowerHalves(first, second),
                k.upperHalves(first, second),
                k.lowerHalves(third, fourth),
                k.upperHalves(third, fourth));
        k.mmaBfloat16(elements, upper, sums.get(w));
        k.mmaBfloat16(elements, lower, sums.get(w));
      }
    }

    /** Word w of vector g of a value holds elements 8g + 2w and the next: rows g and g + 8. */
    private void store(List<List<F32>> sums, F32 max, F32 total) {
      DecodeSums all = new DecodeSums(block, WARPS);
      for (int n = 0; n < 2; n++) {
        int odd = n;
        B32 head = k.mad(t, 2, k.constant(odd));
        SharedPointer ofHead = all.of(k.warpIndex(), head).elements();
        SharedPointer mine = k.at(ofHead, g, VECTOR * Float.BYTES);
        k.ifThen(
            k.lt(head, shape.groupSize()),
            () -> {
              for (int i = 0; i < valueVectors(); i++) {
                int vector = i;
                int rest = shape.headDim() / VECTOR - i * 8;
                Runnable words = () -> storeWords(sums, mine, vector, odd);
                if (rest >= 8) {
                  words.run();
                } else {
                  k.ifThen(k.lt(g, rest), words);
                }
              }
            });
      }
      DecodeSums.OfHead own = all.of(k.warpIndex(), g);
      k.ifThen(
          k.and(k.eq(t, 0), k.lt(g, shape.groupSize())),
          () -> {
            k.store(own.max(), max);
            k.store(own.total(), total);
          });
      all.merge();
    }

    private void storeWords(List<List<F32>> sums, SharedPointer mine, int vector, int odd) {
      for (int w = 0; w < WORDS; w++) {
        List<F32> sum = sums.get(vector * WORDS + w);
        long element = vector * 8L * VECTOR + 2 * w;
        k.store(mine.plus(element * Float.BYTES), List.of(sum.get(odd), sum.get(2 + odd)));
      }
    }
  }
}
