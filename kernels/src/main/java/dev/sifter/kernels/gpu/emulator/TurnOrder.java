package dev.sifter.kernels.gpu.emulator;

import java.util.function.IntUnaryOperator;

/**
 * Whose turn it is, and for how long. With the seed 0, warps take long turns in the order of their
 * numbers; with another, who is next and for how many instructions is drawn at random.
 */
final class TurnOrder {
  /** Draws after which every warp had its turn, almost surely. */
  static final int FAIR = 64;

  private static final int LONGEST_DRAWN_TURN = 50;

  private final boolean plain;
  private final int warps;
  private final int plainTurn;
  private long state;
  private int current = -1;

  TurnOrder(long seed, int block, int warps, int plainTurn) {
    this.plain = seed == 0;
    this.warps = warps;
    this.plainTurn = plainTurn;
    state = seed + 0x9e3779b97f4a7c15L * (block + 1L);
  }

  /** The next warp. */
  int next() {
    current = plain ? (current + 1) % warps : draw(warps);
    return current;
  }

  /** Instructions of its turn. */
  int turn() {
    return plain ? plainTurn : 1 + draw(LONGEST_DRAWN_TURN);
  }

  /** A number below {@code bound}, by SplitMix64. */
  private int draw(int bound) {
    state += 0x9e3779b97f4a7c15L;
    long mixed = (state ^ state >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    return (int) ((mixed ^ mixed >>> 31) >>> 33) % bound;
  }

  /** The order of a launch's blocks: that of their numbers, or a permutation. */
  static IntUnaryOperator blocks(long seed, int count) {
    if (seed == 0) {
      return IntUnaryOperator.identity();
    }
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    TurnOrder draws = new TurnOrder(seed, -1, count, 0);
    for (int i = count - 1; i > 0; i--) {
      int other = draws.draw(i + 1);
      int swapped = order[i];
      order[i] = order[other];
      order[other] = swapped;
    }
    return position -> order[position];
  }
}
