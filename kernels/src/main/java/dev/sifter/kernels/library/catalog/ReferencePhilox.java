package dev.sifter.kernels.library.catalog;

/** Philox4x32-10 (Salmon et al., SC 2011) in Java's own arithmetic. */
final class ReferencePhilox {
  private ReferencePhilox() {}

  /** Number {@code index} of a stream, 24 bits, from 0 to 1. */
  static float uniform(long seed, long stream, long index) {
    long block = index >>> 2;
    int[] c = {(int) block, (int) (block >>> 32), (int) stream, (int) (stream >>> 32)};
    int key0 = (int) seed;
    int key1 = (int) (seed >>> 32);
    for (int round = 0; round < 10; round++) {
      long first = 0xD2511F53L * Integer.toUnsignedLong(c[0]);
      long second = 0xCD9E8D57L * Integer.toUnsignedLong(c[2]);
      c =
          new int[] {
            (int) (second >>> 32) ^ c[1] ^ key0,
            (int) second,
            (int) (first >>> 32) ^ c[3] ^ key1,
            (int) first
          };
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    return (c[(int) (index & 3)] >>> 8) * 0x1p-24f;
  }
}
