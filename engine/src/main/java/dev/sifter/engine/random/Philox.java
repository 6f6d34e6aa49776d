package dev.sifter.engine.random;

/**
 * Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011): a
 * counter-based generator. Number i of a stream is a pure function of (seed, stream, i), so masks
 * need not be stored and threads need not agree on an order.
 *
 * <p>The counter's lower 64 bits are the block number i / 4, its upper 64 bits the stream; the key
 * is the seed.
 */
public final class Philox {
  /** Multiplies the counter's first word in each round. */
  public static final long MULTIPLIER_0 = 0xD2511F53L;

  /** Multiplies the counter's third word in each round. */
  public static final long MULTIPLIER_1 = 0xCD9E8D57L;

  /** Added to the key's first word after each round. */
  public static final int WEYL_0 = 0x9E3779B9;

  /** Added to the key's second word after each round. */
  public static final int WEYL_1 = 0xBB67AE85;

  /** Number of rounds. */
  public static final int ROUNDS = 10;

  private Philox() {}

  /** The four 32-bit numbers 4·block … 4·block + 3 of a stream, into {@code out[0..3]}. */
  public static void block(RandomStream stream, long block, int[] out) {
    rounds(
        (int) block,
        (int) (block >>> 32),
        (int) stream.stream(),
        (int) (stream.stream() >>> 32),
        (int) stream.seed(),
        (int) (stream.seed() >>> 32),
        out);
  }

  private static void rounds(int c0, int c1, int c2, int c3, int k0, int k1, int[] out) {
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * Integer.toUnsignedLong(c0);
      long product1 = MULTIPLIER_1 * Integer.toUnsignedLong(c2);
      int next0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      int next2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c1 = (int) product1;
      c3 = (int) product0;
      c0 = next0;
      c2 = next2;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }

  /** A uniform number in [0, 1) from 32 random bits: the upper 24 of them, exact in fp32. */
  public static float uniform(int bits) {
    return (bits >>> 8) * 0x1p-24f;
  }

  /** Number {@code index} of a stream, uniform in [0, 1). */
  public static float uniform(RandomStream stream, long index) {
    int[] four = new int[4];
    block(stream, index >>> 2, four);
    return uniform(four[(int) (index & 3)]);
  }

  /**
   * Fills {@code out} with normal numbers of mean 0 (Box and Muller), in double precision: numbers
   * 2i and 2i + 1 come from uniforms 2i and 2i + 1 of the stream.
   */
  public static void normal(RandomStream stream, double standardDeviation, float[] out) {
    int[] four = new int[4];
    for (int i = 0; i < out.length; i++) {
      int lane = i & 3;
      if (lane == 0) {
        block(stream, i >>> 2, four);
      }
      double radius = Math.sqrt(-2 * StrictMath.log(1 - (double) uniform(four[lane & 2])));
      double angle = 2 * Math.PI * uniform(four[(lane & 2) + 1]);
      double unit = radius * ((lane & 1) == 0 ? StrictMath.cos(angle) : StrictMath.sin(angle));
      out[i] = (float) (standardDeviation * unit);
    }
  }
}
