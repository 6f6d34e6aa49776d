package dev.sifter.train.demo;

import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import java.util.List;

/** A sequence of random choices. */
final class Draw {
  private final RandomStream stream;
  private final int[] four = new int[4];
  private long next;

  Draw(RandomStream stream) {
    this.stream = stream;
  }

  /** A number from {@code least} to {@code most}, both included. */
  int between(int least, int most) {
    if ((next & 3) == 0) {
      Philox.block(stream, next >>> 2, four);
    }
    long bits = Integer.toUnsignedLong(four[(int) (next++ & 3)]);
    return least + (int) (bits * (most - least + 1L) >>> 32);
  }

  /** One of the choices. */
  <T> T of(List<T> choices) {
    return choices.get(between(0, choices.size() - 1));
  }
}
