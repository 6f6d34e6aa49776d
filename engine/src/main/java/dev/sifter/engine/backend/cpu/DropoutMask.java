package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;

/** Masks of dropout, bit for bit those of {@link Philox}. */
final class DropoutMask {
  private DropoutMask() {}

  /**
   * mask[i] = uniform number {@code from + i} of the stream is at least {@code probability} ? scale
   * : 0.
   */
  static void fill(
      RandomStream stream, long from, int count, float probability, float scale, float[] mask) {
    int[] four = new int[4];
    long block = -1;
    for (int i = 0; i < count; i++) {
      long index = from + i;
      if (index >>> 2 != block) {
        block = index >>> 2;
        Philox.block(stream, block, four);
      }
      mask[i] = Philox.uniform(four[(int) (index & 3)]) >= probability ? scale : 0;
    }
  }
}
