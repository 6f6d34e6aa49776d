package dev.sifter.train.data;

/**
 * PyTorch's random numbers on the CPU: MT19937 (Matsumoto and Nishimura 1998), seeded as {@code
 * torch.Generator().manual_seed}, and {@code torch.randperm} on it. With it the order of a
 * reference run can be repeated.
 */
public final class TorchGenerator {
  private static final int SIZE = 624;
  private static final int SHIFT = 397;
  private static final int MATRIX = 0x9908b0df;
  private static final int UPPER = 0x80000000;
  private static final int LOWER = 0x7fffffff;

  private final int[] state = new int[SIZE];
  private int used = SIZE;

  /**
   * A generator.
   *
   * @param seed of which MT19937 takes the lower 32 bits
   */
  public TorchGenerator(long seed) {
    state[0] = (int) seed;
    for (int i = 1; i < SIZE; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
    }
  }

  /** The next 32 random bits. */
  public int nextInt() {
    if (used == SIZE) {
      refill();
    }
    int y = state[used++];
    y ^= y >>> 11;
    y ^= y << 7 & 0x9d2c5680;
    y ^= y << 15 & 0xefc60000;
    return y ^ y >>> 18;
  }

  private void refill() {
    for (int i = 0; i < SIZE; i++) {
      int y = state[i] & UPPER | state[(i + 1) % SIZE] & LOWER;
      int twist = (y & 1) == 0 ? 0 : MATRIX;
      state[i] = state[(i + SHIFT) % SIZE] ^ y >>> 1 ^ twist;
    }
    used = 0;
  }

  /**
   * {@code torch.randperm(n)}: the numbers 0 to n − 1, where for each i in turn the number at place
   * i changes places with that at i + (next mod (n − i)).
   */
  public int[] permutation(int n) {
    int[] numbers = new int[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = i;
    }
    for (int i = 0; i < n - 1; i++) {
      int other = i + Integer.remainderUnsigned(nextInt(), n - i);
      int swapped = numbers[i];
      numbers[i] = numbers[other];
      numbers[other] = swapped;
    }
    return numbers;
  }
}
