package dev.sifter.train.data.record;

/**
 * numpy's {@code default_rng(seed)}: PCG64 (O'Neill 2014, XSL-RR 128/64), seeded through numpy's
 * {@code SeedSequence}, and its {@code permutation}. Hugging Face's {@code train_test_split} and
 * {@code shuffle} draw from it, so that they can be repeated.
 */
public final class NumpyGenerator {
  private static final int POOL = 4;
  private static final long MULTIPLIER_HIGH = 0x2360ED051FC65DA4L;
  private static final long MULTIPLIER_LOW = 0x4385DF649FCCF645L;

  private long high;
  private long low;
  private final long incrementHigh;
  private final long incrementLow;
  private int buffered;
  private boolean hasBuffered;

  /**
   * A generator.
   *
   * @param seed 0 or more
   */
  public NumpyGenerator(long seed) {
    if (seed < 0) {
      throw new IllegalArgumentException("seed is %d; it must be at least 0".formatted(seed));
    }
    long[] words = seedWords(seed);
    incrementHigh = words[2] << 1 | words[3] >>> 63;
    incrementLow = words[3] << 1 | 1;
    step();
    add(words[0], words[1]);
    step();
  }

  /** The state and the stream that {@code SeedSequence(seed).generate_state} gives. */
  private static long[] seedWords(long seed) {
    int[] entropy = {(int) seed, (int) (seed >>> 32), 0, 0};
    int[] pool = new int[POOL];
    int hash = 0x43b0d7e5;
    for (int i = 0; i < POOL; i++) {
      int mixed = entropy[i] ^ hash;
      hash *= 0x931e8875;
      mixed *= hash;
      pool[i] = mixed ^ mixed >>> 16;
    }
    for (int from = 0; from < POOL; from++) {
      for (int to = 0; to < POOL; to++) {
        if (from != to) {
          int mixed = pool[from] ^ hash;
          hash *= 0x931e8875;
          mixed *= hash;
          int joined = 0xca01f9dd * pool[to] - 0x4973f715 * (mixed ^ mixed >>> 16);
          pool[to] = joined ^ joined >>> 16;
        }
      }
    }
    long[] words = new long[POOL];
    hash = 0x8b51f9dd;
    for (int i = 0; i < 2 * POOL; i++) {
      int mixed = pool[i % POOL] ^ hash;
      hash *= 0x58f38ded;
      mixed *= hash;
      mixed ^= mixed >>> 16;
      words[i / 2] |= (mixed & 0xffffffffL) << 32 * (i % 2);
    }
    return words;
  }

  private void step() {
    long productHigh =
        Math.unsignedMultiplyHigh(low, MULTIPLIER_LOW)
            + high * MULTIPLIER_LOW
            + low * MULTIPLIER_HIGH;
    low *= MULTIPLIER_LOW;
    high = productHigh;
    add(incrementHigh, incrementLow);
  }

  private void add(long addedHigh, long addedLow) {
    low += addedLow;
    high += addedHigh + (Long.compareUnsigned(low, addedLow) < 0 ? 1 : 0);
  }

  /** The next 32 bits: the lower half of a 64-bit output, then its upper half. */
  int nextInt() {
    if (hasBuffered) {
      hasBuffered = false;
      return buffered;
    }
    step();
    long output = Long.rotateRight(high ^ low, (int) (high >>> 58));
    buffered = (int) (output >>> 32);
    hasBuffered = true;
    return (int) output;
  }

  /** A number from 0 to {@code last}: bits enough for it, drawn until they are no larger. */
  private int upTo(int last) {
    int mask = -1 >>> Integer.numberOfLeadingZeros(last);
    int value;
    do {
      value = nextInt() & mask;
    } while (value > last);
    return value;
  }

  /** {@code Generator.permutation(n)}: the numbers 0 to n − 1, shuffled from the last one down. */
  public int[] permutation(int n) {
    int[] numbers = new int[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = i;
    }
    for (int i = n - 1; i > 0; i--) {
      int other = upTo(i);
      int swapped = numbers[i];
      numbers[i] = numbers[other];
      numbers[other] = swapped;
    }
    return numbers;
  }
}
