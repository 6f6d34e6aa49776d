package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;

/** What happened, by instruction. Every worker has its own; they are added up at the end. */
final class Counters {
  /** Times that a warp ran it. */
  final long[] executed;

  /** Lanes that did not take part, over all those times. */
  final long[] idleLanes;

  /** Times that a branch parted a warp. */
  final long[] divergent;

  /** Times that at least one lane moved data. */
  final long[] requests;

  /** Sectors of global memory, summed over the requests. */
  final long[] sectors;

  /** Bytes that lanes asked for. */
  final long[] bytes;

  /** Turns that shared memory took for the requests. */
  final long[] wavefronts;

  /** Turns that it would have taken without bank conflicts. */
  final long[] leastWavefronts;

  Counters(int instructions) {
    executed = new long[instructions];
    idleLanes = new long[instructions];
    divergent = new long[instructions];
    requests = new long[instructions];
    sectors = new long[instructions];
    bytes = new long[instructions];
    wavefronts = new long[instructions];
    leastWavefronts = new long[instructions];
  }

  /** Instructions of warps altogether. */
  long instructions() {
    return Arrays.stream(executed).sum();
  }

  /** Adds what another worker counted. */
  void add(Counters other) {
    long[][] mine = all();
    long[][] theirs = other.all();
    for (int i = 0; i < mine.length; i++) {
      for (int k = 0; k < mine[i].length; k++) {
        mine[i][k] += theirs[i][k];
      }
    }
  }

  void clear() {
    for (long[] counts : all()) {
      Arrays.fill(counts, 0);
    }
  }

  private long[][] all() {
    return new long[][] {
      executed, idleLanes, divergent, requests, sectors, bytes, wavefronts, leastWavefronts
    };
  }
}
