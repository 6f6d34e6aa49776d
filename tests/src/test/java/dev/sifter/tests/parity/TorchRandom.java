package dev.sifter.tests.parity;

/**
 * Normal numbers as PyTorch's CPU generator draws them into a tensor of sixteen or more: MT19937
 * (Matsumoto &amp; Nishimura 1998), 24-bit uniforms, Box-Muller over blocks of sixteen.
 */
final class TorchRandom {
  private static final int STATE = 624;
  private static final int SHIFT = 397;
  private static final int BLOCK = 16;

  private final int[] state = new int[STATE];
  private int next = STATE;

  TorchRandom(int seed) {
    state[0] = seed;
    for (int i = 1; i < STATE; i++) {
      state[i] = 1_812_433_253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /** The next standard normal numbers; {@code count} is a multiple of 16. */
  float[] normal(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (nextInt() & 0xffffff) * 0x1p-24f;
    }
    for (int from = 0; from < count; from += BLOCK) {
      for (int i = from; i < from + BLOCK / 2; i++) {
        float radius = (float) Math.sqrt(-2 * (float) Math.log(1 - values[i]));
        float angle = (float) (2 * Math.PI) * values[i + BLOCK / 2];
        values[i] = radius * (float) Math.cos(angle);
        values[i + BLOCK / 2] = radius * (float) Math.sin(angle);
      }
    }
    return values;
  }

  private int nextInt() {
    if (next == STATE) {
      twist();
    }
    int y = state[next++];
    y ^= y >>> 11;
    y ^= y << 7 & 0x9d2c5680;
    y ^= y << 15 & 0xefc60000;
    return y ^ y >>> 18;
  }

  private void twist() {
    for (int i = 0; i < STATE; i++) {
      int y = state[i] & 0x80000000 | state[(i + 1) % STATE] & 0x7fffffff;
      state[i] = state[(i + SHIFT) % STATE] ^ y >>> 1 ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
    }
    next = 0;
  }
}
