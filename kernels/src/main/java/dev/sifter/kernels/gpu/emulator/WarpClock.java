package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;

/**
 * What a warp knows of the order of memory accesses: a vector clock.
 *
 * <p>Time passes at barriers: each gives a warp that takes part a new time, counted by the block.
 * Whatever another warp did before a time that this warp has learned of, is done and visible here.
 * Within a warp, {@code bar.warp.sync} does the same for lanes.
 */
final class WarpClock {
  private static final int WARP_BITS = 5;

  private final int warp;
  private final int[] known;
  private int floor;

  WarpClock(int warp, int warps) {
    this.warp = warp;
    known = new int[warps];
  }

  void reset() {
    Arrays.fill(known, 1);
    floor = 1;
  }

  /** The time at which this warp's accesses take place. */
  int now() {
    return known[warp];
  }

  /** Time and warp of an access now, in one number. */
  int tag() {
    return known[warp] << WARP_BITS | warp;
  }

  /** Whether an access with that tag is this warp's own, or known to be done. */
  boolean knows(int tag) {
    int other = tag & (1 << WARP_BITS) - 1;
    return other == warp || tag >>> WARP_BITS < known[other];
  }

  /** Accesses of {@code other} before this time are visible to this warp. */
  int known(int other) {
    return known[other];
  }

  /** Accesses of any warp before this time are visible to this warp. */
  int floor() {
    return floor;
  }

  /** A barrier of this warp alone. */
  void advance(int time) {
    known[warp] = time;
    updateFloor();
  }

  /** Adds to {@code all} what this warp knows. */
  void addTo(int[] all) {
    for (int i = 0; i < known.length; i++) {
      all[i] = Math.max(all[i], known[i]);
    }
  }

  /** Learns what others know. */
  void learn(int[] all) {
    for (int i = 0; i < known.length; i++) {
      known[i] = Math.max(known[i], all[i]);
    }
    updateFloor();
  }

  private void updateFloor() {
    int least = Integer.MAX_VALUE;
    for (int time : known) {
      least = Math.min(least, time);
    }
    floor = least;
  }
}
