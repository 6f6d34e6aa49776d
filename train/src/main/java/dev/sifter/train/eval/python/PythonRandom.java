package dev.sifter.train.eval.python;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Python's {@code random.Random}: the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998) with
 * Python's seeding, so that few-shot examples and bootstraps are those of the harness.
 */
public final class PythonRandom {
  private static final int SIZE = 624;
  private static final int SHIFT = 397;
  private static final int MATRIX = 0x9908B0DF;
  private static final int UPPER = 0x80000000;

  private final int[] state = new int[SIZE];
  private int index = SIZE;

  /** The generator {@code random.Random(seed)}. */
  public PythonRandom(long seed) {
    long magnitude = Math.abs(seed);
    int[] key =
        magnitude >>> 32 == 0
            ? new int[] {(int) magnitude}
            : new int[] {(int) magnitude, (int) (magnitude >>> 32)};
    seedByArray(key);
  }

  private void seedByNumber(int seed) {
    state[0] = seed;
    for (int i = 1; i < SIZE; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
    }
  }

  private void seedByArray(int[] key) {
    seedByNumber(19650218);
    int i = 1;
    int j = 0;
    for (int k = Math.max(SIZE, key.length); k > 0; k--) {
      state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >>> 30) * 1664525) + key[j] + j;
      i = next(i);
      j = (j + 1) % key.length;
    }
    for (int k = SIZE - 1; k > 0; k--) {
      state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >>> 30) * 1566083941) - i;
      i = next(i);
    }
    state[0] = UPPER;
  }

  private int next(int i) {
    if (i + 1 < SIZE) {
      return i + 1;
    }
    state[0] = state[SIZE - 1];
    return 1;
  }

  /** 32 random bits. */
  public int nextInt() {
    if (index == SIZE) {
      twist();
    }
    int y = state[index++];
    y ^= y >>> 11;
    y ^= y << 7 & 0x9D2C5680;
    y ^= y << 15 & 0xEFC60000;
    return y ^ y >>> 18;
  }

  private void twist() {
    for (int i = 0; i < SIZE; i++) {
      int y = state[i] & UPPER | state[(i + 1) % SIZE] & ~UPPER;
      state[i] = state[(i + SHIFT) % SIZE] ^ y >>> 1 ^ ((y & 1) == 0 ? 0 : MATRIX);
    }
    index = 0;
  }

  /** {@code random()}: uniform in [0, 1) with 53 bits. */
  public double random() {
    long high = Integer.toUnsignedLong(nextInt()) >>> 5;
    long low = Integer.toUnsignedLong(nextInt()) >>> 6;
    return (high * 0x1p26 + low) * 0x1p-53;
  }

  /** A uniform integer in [0, bound), as {@code randrange(bound)} draws it. */
  public int below(int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("a bound of " + bound + "; it must be positive");
    }
    int shift = Integer.numberOfLeadingZeros(bound);
    int drawn = nextInt() >>> shift;
    while (drawn >= bound) {
      drawn = nextInt() >>> shift;
    }
    return drawn;
  }

  /** One index of {@code choices(range(size))}: drawn with replacement. */
  public int choice(int size) {
    return (int) (random() * size);
  }

  /**
   * {@code sample(population, count)}: items drawn without replacement.
   *
   * @throws IllegalArgumentException if there are fewer than {@code count}
   */
  public <T> List<T> sample(List<T> population, int count) {
    int size = population.size();
    if (count < 0 || count > size) {
      throw new IllegalArgumentException("cannot draw %d of %d items".formatted(count, size));
    }
    List<T> drawn = new ArrayList<>(count);
    // Python's own rule for which of two methods costs less memory.
    double setSize = 21 + (count > 5 ? Math.pow(4, ceilLog4(3L * count)) : 0);
    if (size <= setSize) {
      List<T> pool = new ArrayList<>(population);
      for (int i = 0; i < count; i++) {
        int at = below(size - i);
        drawn.add(pool.get(at));
        pool.set(at, pool.get(size - i - 1));
      }
      return drawn;
    }
    Set<Integer> taken = new HashSet<>();
    while (drawn.size() < count) {
      int at = below(size);
      if (taken.add(at)) {
        drawn.add(population.get(at));
      }
    }
    return drawn;
  }

  private static int ceilLog4(long value) {
    int power = 0;
    for (long reached = 1; reached < value; reached *= 4) {
      power++;
    }
    return power;
  }
}
